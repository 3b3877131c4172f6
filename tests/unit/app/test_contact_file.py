"""The CSV door: lines, quotes, encodings and limits of contact files."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contact_file import (
    BadContactFileError,
    import_report_line,
    open_rows,
    read_results,
    read_rows,
)
from campaigns.importing import (
    Accepted,
    ColumnMapping,
    Duplicate,
    Field,
    ImportCounts,
    Importer,
    Rejected,
    RejectReason,
    Result,
    Row,
)

KEY = b"a key of the installation"
A, B, C = "+12125550123", "+12125550124", "+12125550125"


def rows_of(content: str | bytes) -> list[Row]:
    """The data rows of a file."""
    encoded = content.encode() if isinstance(content, str) else content
    return list(read_rows(io.BytesIO(encoded), "list.csv"))


def results_of(content: str | bytes) -> list[Result]:
    """The results of a file with at least one acceptable row."""
    encoded = content.encode() if isinstance(content, str) else content
    rows = read_rows(io.BytesIO(encoded), "list.csv")
    return list(read_results(rows, Importer(rows.columns, "list", KEY)))


def test_rows_carry_the_physical_line_on_which_they_start() -> None:
    """A cell with line breaks moves the lines after it; blank lines count as lines, not rows."""
    content = f'phone,note\n{A},"one\ntwo\r\nthree"\n\n  \n{B},x\r\n{C},"say ""hi"""'

    assert rows_of(content) == [
        Row(2, [A, "one\ntwo\r\nthree"]),
        Row(7, [B, "x"]),
        Row(8, [C, 'say "hi"']),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_ending_and_byte_order_mark_reads_the_same(
    end: str, bom: bytes, last: bool
) -> None:
    """LF, CRLF and CR, with or without a mark, with or without an ending on the last line."""
    text = end.join(["phone,first_name", f"{A},Zoë", f"{B},山田"]) + (end if last else "")

    assert rows_of(bom + text.encode()) == [Row(2, [A, "Zoë"]), Row(3, [B, "山田"])]


def test_a_header_of_several_lines_counts_its_lines() -> None:
    """Line numbers are those of the file, not of its rows."""
    with pytest.raises(BadContactFileError) as error:
        rows_of(f'"phone\n"x,note\n{A},\n')
    assert error.value.line == 1

    [row] = rows_of(f'phone,"note\n"\n{A},x\n')
    assert row.line == 3


def test_a_quoted_empty_cell_is_a_row_and_a_blank_line_is_none() -> None:
    """In a file of one column the two differ by their quotes only."""
    assert rows_of('phone\n""\n \n\t\n') == [Row(2, [""])]


@pytest.mark.parametrize(
    "bad",
    [
        f'{A},"said "hi" twice"',
        f'{A},"inch 5" pipe',
        f'{A},"x" ',
        f'"{A}"1,x',
    ],
)
def test_a_row_with_bad_quoting_on_one_line_is_rejected_alone(bad: str) -> None:
    """The reader goes on with the next line."""
    results = results_of(f"phone,note\n{bad}\n{B},fine\n")

    assert results[0] == Rejected(2, RejectReason.BAD_QUOTING, None)
    assert isinstance(results[1], Accepted)
    assert results[1].line == 3


def test_a_row_with_nul_bytes_is_rejected_alone() -> None:
    """NUL is text to UTF-8 and to nothing else: the row is bad, not the file."""
    results = results_of(f"phone,note\n{A},a\0b\n\0\0\0\n{B},\n")

    assert results[:2] == [
        Rejected(2, RejectReason.CONTROL_CHARACTER, "note"),
        Rejected(3, RejectReason.TOO_FEW_CELLS, "note"),
    ]
    assert isinstance(results[2], Accepted)


def test_a_bad_row_never_stops_the_good_ones() -> None:
    """Each row gets its own result, with its line."""
    results = results_of(f"phone,priority\n{A},1\nnobody,1\n{A},2\n{B}\n{B},1,1\n{C},x\n{C},\n")

    assert [(result.line, type(result).__name__) for result in results] == [
        (2, "Accepted"),
        (3, "Rejected"),
        (4, "Duplicate"),
        (5, "Rejected"),
        (6, "Rejected"),
        (7, "Rejected"),
        (8, "Accepted"),
    ]
    last = results[-1]
    assert isinstance(last, Accepted)
    assert last.contact.row == 7


LATE = "phone,note\n" + f"{A},x\n" * 5_000

BAD_FILES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "list.csv: line 1: phone: the file is empty"),
    ("only a mark", b"\xef\xbb\xbf", "list.csv: line 1: phone: the file is empty"),
    (
        "blank header",
        b"\nphone\n+12125550123\n",
        "list.csv: line 1: the header is blank; the column names belong here",
    ),
    ("no phone", b"name\nAnn\n", "list.csv: line 1: phone: there is no such column"),
    ("no header", b"+12125550123,Ann\n", "list.csv: line 1: phone: there is no such column"),
    (
        "semicolons",
        b"phone;name\n+12125550123;Ann\n",
        "list.csv: line 1: phone: there is no such column; "
        "the columns seem to be separated by semicolons, use commas",
    ),
    (
        "tabs",
        b"phone\tname\n+12125550123\tAnn\n",
        "list.csv: line 1: phone: there is no such column; "
        "the columns seem to be separated by tabs, use commas",
    ),
    (
        "one name twice",
        b"phone,note, NOTE\n+12125550123,a,b\n",
        "list.csv: line 1: NOTE: columns 2 and 3 have the same name",
    ),
    (
        "an escape sequence in the header",
        b"phone,a\x1b[31m\n+12125550123,a\n",
        "list.csv: line 1: column 2: its name has a line break or control character",
    ),
    (
        "an unquoted name twice, with an odd character",
        "phone,a\u202eb,a\u202eb\n+12125550123,a\n".encode(),
        "list.csv: line 1: a\\u202eb: columns 2 and 3 have the same name",
    ),
    (
        "header never closed",
        b'"phone,name\n+12125550123,Ann\n',
        "list.csv: line 1: the header's quotes do not match",
    ),
    (
        "only a header",
        b"phone,name\n",
        "list.csv: line 2: phone: there is no row below the header",
    ),
    (
        "only blank lines below the header",
        b"phone,name\r\n\r\n  \r\n",
        "list.csv: line 2: phone: there is no row below the header",
    ),
    (
        "no acceptable row",
        b"phone,time_zone\n\n+12125550123,Mars\n12,\n",
        "list.csv: line 3: time_zone: no row is acceptable; "
        "this one is rejected as unknown_time_zone",
    ),
    (
        "Latin-1 in the header",
        "phone,pr\xe9nom\n+12125550123,Ann\n".encode("latin-1"),
        "list.csv: line 1: not UTF-8; save the file as UTF-8",
    ),
    (
        "Latin-1 found late",
        (LATE + f"{B},Jos\xe9\n").encode("latin-1"),
        "list.csv: line 5002: not UTF-8; save the file as UTF-8",
    ),
    (
        "a character cut off at the end",
        LATE.encode() + b"+12125550124,\xe5\xb1",
        "list.csv: line 5002: not UTF-8; save the file as UTF-8",
    ),
    (
        "an encoded surrogate",
        b"phone\n+12125550123\n\xed\xa0\x80\n",
        "list.csv: line 3: not UTF-8; save the file as UTF-8",
    ),
    (
        "UTF-16",
        "phone\n+12125550123\n".encode("utf-16"),
        "list.csv: line 1: the file is UTF-16; save it as UTF-8",
    ),
    (
        "UTF-16 without a mark",
        "phone\n+12125550123\n".encode("utf-16-le"),
        "list.csv: line 1: the header has NUL bytes; save the file as text in UTF-8",
    ),
    (
        "a workbook",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff",
        "list.csv: line 1: the file is a workbook or archive; export it as CSV in UTF-8",
    ),
    (
        "gzip",
        b"\x1f\x8b\x08\x00\x00",
        "list.csv: line 1: the file is compressed; unpack it first",
    ),
    (
        "a quote never closed",
        f'phone,note\n{A},x\n{B},"x\n{C},x\n'.encode(),
        "list.csv: line 3: a cell's opening quote has no matching closing quote",
    ),
    (
        "a quote never closed on the last line",
        f'phone,note\n{A},x\n{B},"x'.encode(),
        "list.csv: line 3: a cell's opening quote has no matching closing quote",
    ),
    (
        "a quote closed by another row's",
        f'phone,note\n{A},x\n{B},"x\n{C},"y"\n'.encode(),
        "list.csv: line 3: a cell's opening quote has no matching closing quote",
    ),
    (
        "a quote never closed in a long file",
        f'phone,note\n{A},"x\n'.encode() + f"{B},x\n".encode() * 20_000,
        "list.csv: line 2: the row is longer than 131072 characters; is a closing quote missing?",
    ),
    (
        "a cell of 10 MB",
        f"phone,note\n{A},x\n{B},".encode() + b"x" * 10_000_000 + b"\n",
        "list.csv: line 3: the row is longer than 131072 characters; is a closing quote missing?",
    ),
    (
        "a header of 10 MB",
        b"phone," * 2_000_000,
        "list.csv: line 1: the row is longer than 131072 characters; is a closing quote missing?",
    ),
]


@pytest.mark.parametrize(
    ("content", "message"),
    [pytest.param(content, message, id=name) for name, content, message in BAD_FILES],
)
def test_a_bad_file_is_refused_in_one_line(content: bytes, message: str) -> None:
    """The message names the file, the line and, where one is at fault, the column."""
    with pytest.raises(BadContactFileError) as error:
        results_of(content)

    assert str(error.value) == message


@pytest.mark.parametrize(("name", "problem"), [("", "Is a directory"), ("x.csv", "No such file")])
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    """A directory and a missing file are bad input, named."""
    with (
        pytest.raises(BadContactFileError, match=f"{name}: cannot be read: {problem}"),
        open_rows(tmp_path / name),
    ):
        pass


def test_a_read_error_on_the_way_is_bad_input_too() -> None:
    """A disk that fails in the middle leaves no traceback."""

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            chunk = super().read(size)
            if not chunk:
                raise OSError(5, "Input/output error")
            return chunk

    rows = read_rows(Failing(f"phone\n{A}\n".encode()), "list.csv")

    with pytest.raises(BadContactFileError, match=r"^list\.csv: cannot be read: Input/output"):
        list(rows)


def test_a_file_is_opened_with_another_mapping_and_tells_its_progress(tmp_path: Path) -> None:
    """The mapping reaches the header; progress ends at the file's size."""
    path = tmp_path / "list.csv"
    path.write_text(f"Mobile\n{A}\n", "utf-8")
    told: list[int] = []

    with open_rows(path, ColumnMapping({Field.PHONE: "mobile"}), told.append) as rows:
        assert list(rows) == [Row(2, [A])]

    assert told[-1] == path.stat().st_size
    assert told == sorted(told)


@pytest.mark.parametrize(("end", "expected"), [(b"\n", 100_000), (b" ", 0)])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, end: bytes, expected: int) -> None:
    """Neither 100,000 rows nor one row as long as all of them take more than a few buffers."""
    path = tmp_path / "list.csv"
    path.write_bytes(b"phone,note\n" + (b"+12125550123,a note to go with it" + end) * 100_000)

    count = 0
    tracemalloc.start()
    with suppress(BadContactFileError), open_rows(path) as rows:
        for _ in rows:
            count += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == expected
    assert peak < path.stat().st_size / 3


def test_report_lines_have_the_contracts_keys_and_no_values() -> None:
    """One JSON object a row, in the contract's order of keys."""
    first, second, third = results_of(f"phone,note\n{A},=x\nsecret,\n{A},\n")
    assert isinstance(first, Accepted)

    assert import_report_line(first) == (
        f'{{"line": 2, "status": "accepted", "contactId": "{first.contact.id}", '
        '"reason": null, "column": null}'
    )
    assert import_report_line(second) == (
        '{"line": 3, "status": "rejected", "contactId": null, '
        '"reason": "phone_not_a_number", "column": "phone"}'
    )
    assert isinstance(third, Duplicate)
    assert json.loads(import_report_line(third)) == {
        "line": 4,
        "status": "duplicate",
        "contactId": first.contact.id,
        "reason": None,
        "column": None,
    }


SYNTAX = st.sampled_from([",", ",", '"', '"', "\n", "\n", "\r", "\r\n", ";", "'", "=", " ", "\0"])
BYTES = st.sampled_from([A, B, "phone", "note", "x", "\xc3\xa9", "\xc3", "\xff", "\xef\xbb\xbf"])
PIECES = st.lists(SYNTAX | BYTES).map(lambda pieces: "".join(pieces).encode("latin-1"))


@given(st.one_of(st.binary(), PIECES, PIECES.map(b"phone\n".__add__)))
def test_any_bytes_give_results_or_a_bad_file(content: bytes) -> None:
    """Nothing else is raised, counts add up, and lines rise and lie inside the file."""
    counts = ImportCounts()
    lines = [1]
    errors = []
    try:
        rows = read_rows(io.BytesIO(content), "list.csv")
        for result in read_results(rows, Importer(rows.columns, "list", KEY)):
            counts.add(result)
            lines.append(result.line)
            json.loads(import_report_line(result))
    except BadContactFileError as error:
        errors.append(error)
    assert all(str(error).isprintable() for error in errors)
    assert all(0 < (error.line or 1) <= len(content) + 2 for error in errors)
    assert counts.read == len(lines) - 1
    assert lines == sorted(set(lines))
    assert lines[-1] <= max(1, len(content))


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=9), min_size=2, max_size=2),
        max_size=9,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_writer_writes_is_read_back(cells: list[list[str]], end: str) -> None:
    """Cells with any text come back, on the lines that the csv module itself would count."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["phone", "note"], *cells])

    found = rows_of(text.getvalue())

    assert [list(row.cells) for row in found] == cells
    assert [row.line for row in found] == list(first_lines(text.getvalue()))[1:]


def first_lines(text: str) -> Iterator[int]:
    """The line on which each row starts, by the csv module."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 0
    for _ in reader:
        yield line + 1
        line = reader.line_num
