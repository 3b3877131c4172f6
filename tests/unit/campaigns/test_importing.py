"""Contact import: what is accepted, rejected and a duplicate, and how ids are made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.contact import Contact
from campaigns.importing import (
    COUNTRIES,
    MAX_ATTRIBUTE,
    MAX_NAME,
    MAX_PRIORITY,
    Accepted,
    BadHeaderError,
    ColumnMapping,
    Duplicate,
    Field,
    ImportCounts,
    Importer,
    Rejected,
    RejectReason,
    Result,
    Row,
    contact_id,
    escape_cell,
    phone_hash,
    resolve_columns,
    unescape_cell,
)

KEY = b"a key of the installation"
LIST = "0b8f7c9e-0000-8000-8000-000000000001"
PHONE = "+12125550123"


def run(
    header: Sequence[str], *rows: Sequence[str], mapping: ColumnMapping | None = None
) -> list[Result]:
    """The results of rows without line breaks below a header on line 1."""
    importer = Importer(resolve_columns(header, mapping), LIST, KEY)
    return list(importer.results(Row(line, cells) for line, cells in enumerate(rows, start=2)))


def accepted(values: Mapping[str, str], mapping: ColumnMapping | None = None) -> Contact:
    """The contact of a row that has to be accepted."""
    [result] = run(list(values), list(values.values()), mapping=mapping)
    assert isinstance(result, Accepted), result
    return result.contact


def test_every_known_column_becomes_a_field_and_the_rest_attributes() -> None:
    """A full row is kept whole: fields without blanks around, attributes as they are."""
    contact = accepted(
        {
            "Plan ": " gold\nand more ",
            "phone": " (212) 555-0123 ",
            "first_name": " José ",
            "LAST_NAME": "O'Neill",
            "email": "jose@example.com",
            "country": "us",
            "region": "us-fl",
            "postal_code": "33101",
            "time_zone": "America/New_York",
            "priority": "-5",
            "": "kept",
        }
    )

    assert contact == Contact(
        id=contact_id(KEY, LIST, PHONE),
        contact_list_id=LIST,
        row=1,
        phone=PHONE,
        first_name="José",
        last_name="O'Neill",
        email="jose@example.com",
        country="US",
        region="US-FL",
        postal_code="33101",
        time_zone="America/New_York",
        priority=-5,
        attributes={"Plan": " gold\nand more ", "column 11": "kept"},
    )


def test_a_phone_alone_is_enough() -> None:
    """What is left out is empty; the country is US, the priority 0."""
    contact = accepted({"phone": PHONE})

    assert (contact.country, contact.region, contact.time_zone) == ("US", "", "")
    assert (contact.priority, contact.attributes, contact.phones) == (0, {}, (PHONE,))


def test_a_number_without_a_zone_is_not_refused_here() -> None:
    """Screening denies a toll-free number for its unknown zone; the import keeps it."""
    assert accepted({"phone": "+18002345678"}).phone == "+18002345678"


def test_a_national_number_is_read_in_the_rows_country() -> None:
    """The country column says how to read the phone column."""
    assert accepted({"phone": "020 7946 0018", "country": "GB"}).phone == "+442079460018"


@pytest.mark.parametrize(
    "phone",
    [
        "212-555-0123",
        "+1 (212) 555-0123",
        "tel:+1-212-555-0123",
        "=+12125550123",
        "'+12125550123",
        "\uff0b\uff11\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "\u200b+1212555\u200b0123",
    ],
)
def test_each_spelling_of_a_number_is_one_number(phone: str) -> None:
    """The canonical E.164 is the only key, whatever the spelling."""
    assert accepted({"phone": phone}).phone == PHONE


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("phone", "", "phone_missing"),
        ("phone", "  ", "phone_missing"),
        ("phone", "call me", "phone_not_a_number"),
        ("phone", "+1212555012", "phone_too_short"),
        ("phone", "+121255501234567890", "phone_too_long"),
        ("phone", "+1 212 555 0123 ext. 5", "phone_has_extension"),
        ("phone", "+11115550123", "phone_not_assigned"),
        ("phone", "+9991234567", "phone_country_unknown"),
        ("phone", "+1212\x005550123", "control_character"),
        ("phone", "1" * 65, "value_too_long"),
        ("country", "USA", "unknown_country"),
        ("country", "XK", "unknown_country"),
        ("country", "ß", "unknown_country"),
        ("country", "\uff35\uff33", "unknown_country"),
        ("region", "FL", "malformed_region"),
        ("region", "US-FLORIDA", "malformed_region"),
        ("region", "US-", "malformed_region"),
        ("region", "US-ZZ", "unknown_region"),
        ("region", "CA-ON", "region_of_other_country"),
        ("time_zone", "Eastern", "unknown_time_zone"),
        ("time_zone", "america/new_york", "unknown_time_zone"),
        ("time_zone", "Factory", "unknown_time_zone"),
        ("time_zone", "../../etc/passwd", "unknown_time_zone"),
        ("email", "jose", "malformed_email"),
        ("email", "a@b", "malformed_email"),
        ("email", "a@b@example.com", "malformed_email"),
        ("email", "a b@example.com", "malformed_email"),
        ("email", "a@example..com", "malformed_email"),
        ("email", "a@" + "b." * 200 + "com", "value_too_long"),
        ("priority", "high", "priority_not_integer"),
        ("priority", "1.0", "priority_not_integer"),
        ("priority", "1e3", "priority_not_integer"),
        ("priority", "1_000", "priority_not_integer"),
        ("priority", "\u0661", "priority_not_integer"),
        ("priority", str(MAX_PRIORITY + 1), "priority_out_of_range"),
        ("priority", "-99999999999", "priority_out_of_range"),
        ("first_name", "A\nB", "control_character"),
        ("first_name", "A" * (MAX_NAME + 1), "value_too_long"),
        ("last_name", "\x1b[31mRed", "control_character"),
        ("postal_code", "1" * 65, "value_too_long"),
        ("Note", "a\x00b", "control_character"),
        ("Note", "x" * (MAX_ATTRIBUTE + 1), "value_too_long"),
    ],
)
def test_a_bad_value_rejects_its_row_and_names_the_column(
    column: str, value: str, reason: str
) -> None:
    """The reason and the column are said, the value is not, and the next row is unharmed."""
    header = ["phone"] if column == "phone" else ["phone", column]
    good = [PHONE, ""][: len(header)]
    bad = [value] if column == "phone" else ["+12125550199", value]

    first, second = run(header, bad, good)

    assert first == Rejected(2, RejectReason(reason), column)
    assert isinstance(second, Accepted)
    assert second.contact.row == 2


@pytest.mark.parametrize(
    ("cells", "reason", "column"),
    [
        ([PHONE], "too_few_cells", "region"),
        ([], "too_few_cells", "phone"),
        ([PHONE, "", ""], "too_many_cells", None),
    ],
)
def test_a_row_of_another_width_is_rejected(
    cells: list[str], reason: str, column: str | None
) -> None:
    """A missing cell names the first column that is missing; a spare one names none."""
    assert run(["phone", "region"], cells) == [Rejected(2, RejectReason(reason), column)]


def test_a_row_that_could_not_be_read_is_rejected_with_the_readers_reason() -> None:
    """The fault that a reader found becomes the row's reason."""
    importer = Importer(resolve_columns(["phone"]), LIST, KEY)

    [result] = importer.results([Row(7, fault=RejectReason.BAD_QUOTING)])

    assert result == Rejected(7, RejectReason.BAD_QUOTING, None)


@pytest.mark.parametrize(
    ("country", "region"),
    [("US", "US-PR"), ("PR", "US-PR"), ("US", "US-DC"), ("CA", "CA-ON"), ("FR", "FR-75")],
)
def test_a_region_is_accepted_with_its_country(country: str, region: str) -> None:
    """A territory's region goes with either of its two countries."""
    contact = accepted({"phone": PHONE, "country": country, "region": region})

    assert (contact.country, contact.region) == (country, region)


@pytest.mark.parametrize(("country", "region"), [("CA", "US-CA"), ("GB", "US-PR")])
def test_a_region_of_another_country_is_rejected(country: str, region: str) -> None:
    """US-CA is California, not Canada, and Puerto Rico is no part of Britain."""
    [result] = run(["phone", "country", "region"], [PHONE, country, region])

    assert result == Rejected(2, RejectReason.REGION_OF_OTHER_COUNTRY, "region")


def test_who_knows_regions_better_may_be_asked() -> None:
    """What screening cannot read is rejected at the import."""
    columns = resolve_columns(["phone", "country", "region"])
    importer = Importer(columns, LIST, KEY, knows_region=frozenset({"DE-BY"}).__contains__)

    bavaria, nowhere = importer.results(
        [Row(2, [PHONE, "DE", "DE-BY"]), Row(3, [PHONE, "DE", "DE-ZZ"])]
    )

    assert isinstance(bavaria, Accepted)
    assert nowhere == Rejected(3, RejectReason.UNKNOWN_REGION, "region")


def test_an_exported_row_imports_back_to_the_same_values() -> None:
    """Numbers and attributes that an export escaped come back as they were (S7)."""
    contact = accepted({"phone": escape_cell(PHONE), "note": escape_cell("=1+1")})

    assert (contact.phone, contact.attributes) == (PHONE, {"note": "=1+1"})


def test_the_first_acceptable_row_of_a_number_counts() -> None:
    """A rejected row does not make a later one its duplicate, an accepted one does."""
    first, second, third, fourth = run(
        ["phone", "country"],
        [PHONE, "nowhere"],
        ["212 555 0123", "US"],
        [PHONE, "US"],
        [PHONE, "nowhere"],
    )

    assert isinstance(first, Rejected)
    assert isinstance(second, Accepted)
    assert second.contact.row == 2
    assert third == Duplicate(4, second.contact.id)
    assert isinstance(fourth, Rejected)


def test_another_mapping_reads_other_columns_and_further_numbers() -> None:
    """Further numbers keep their order; blank and repeated ones are left out."""
    mapping = ColumnMapping(
        {Field.PHONE: "Mobile", Field.FIRST_NAME: "Given"},
        other_phones=("Phone 2", "phone 3", "Phone 4"),
    )

    contact = accepted(
        {
            "Phone 2": "212 555 0199",
            "mobile": PHONE,
            "Phone 3": "",
            "GIVEN": "Ann",
            "Phone 4": "(212) 555-0123",
            "phone": "an attribute now",
        },
        mapping,
    )

    assert contact.phones == (PHONE, "+12125550199")
    assert contact.first_name == "Ann"
    assert contact.attributes == {"phone": "an attribute now"}


def test_a_bad_further_number_rejects_the_row_and_names_its_column() -> None:
    """No number is dropped in silence."""
    mapping = ColumnMapping(other_phones=("Phone 2",))

    [result] = run(["phone", "Phone 2"], [PHONE, "12"], mapping=mapping)

    assert isinstance(result, Rejected)
    assert (result.reason, result.column) == (RejectReason.PHONE_TOO_SHORT, "Phone 2")


@pytest.mark.parametrize(
    ("header", "mapping", "message"),
    [
        ([], None, "phone: there is no such column"),
        (["Mobile"], None, "phone: there is no such column"),
        (["phone", "Phone "], None, "Phone: columns 1 and 2 have the same name"),
        (["phone", "a", "A"], None, "A: columns 2 and 3 have the same name"),
        (["phone", "", "column 2"], None, "column 2: columns 2 and 3 have the same name"),
        (["phone", "a\nb"], None, "column 2: its name has a line break or control character"),
        (["phone", "x" * 201], None, "column 2: its name is longer than 200 characters"),
        (
            ["phone"],
            ColumnMapping({Field.PHONE: "Mobile"}),
            "Mobile: there is no such column",
        ),
        (
            ["phone"],
            ColumnMapping({Field.EMAIL: "Mail"}),
            "Mail: there is no such column",
        ),
        (["phone"], ColumnMapping(other_phones=("Home",)), "Home: there is no such column"),
    ],
)
def test_a_bad_header_is_refused(
    header: list[str], mapping: ColumnMapping | None, message: str
) -> None:
    """The message names the column and what is wrong with it."""
    with pytest.raises(BadHeaderError) as error:
        resolve_columns(header, mapping)

    assert str(error.value) == message


def test_ids_are_the_same_each_time_and_differ_by_key_list_and_number() -> None:
    """The id is a UUID of version 8 that nobody can make without the key."""
    made = contact_id(KEY, LIST, PHONE)

    assert made == contact_id(KEY, LIST, PHONE) == "af0f1d0a-200d-8b8a-81e7-319574855653"
    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant) == (8, uuid.RFC_4122)
    others = {
        contact_id(b"another key", LIST, PHONE),
        contact_id(KEY, "another list", PHONE),
        contact_id(KEY, LIST, "+12125550124"),
    }
    assert len(others | {made}) == 4


def test_a_phone_hash_says_nothing_of_the_number_and_is_no_contact_id() -> None:
    """It joins across lists under one key, and only there."""
    made = phone_hash(KEY, PHONE)

    assert made == phone_hash(KEY, PHONE)
    assert len(made) == 32
    assert int(made, 16) >= 0
    assert made != phone_hash(b"another key", PHONE)
    assert "2125550123" not in made


def test_the_countries_are_those_of_iso_3166() -> None:
    """The same 249 codes as in the zone data's own copy of the standard."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")

    assert frozenset(line[:2] for line in table.splitlines() if not line.startswith("#")) == (
        COUNTRIES
    )


@pytest.mark.parametrize(
    "value", ["=1+1", "+12125550123", "-5", "@x", "\tx", "\r=x", "  =x", "\uff1d1", "'=x", "''=x"]
)
def test_a_cell_that_acts_as_a_formula_is_escaped_and_comes_back(value: str) -> None:
    """Our own export imports back to the same value (invariant S7)."""
    cell = escape_cell(value)

    assert cell == f"'{value}"
    assert unescape_cell(cell) == value


@given(st.text(alphabet="'=+-@ \t\r\nab1\uff1d") | st.text())
def test_escaping_always_comes_back(value: str) -> None:
    """Whatever the value is, escaping and unescaping it changes nothing."""
    assert unescape_cell(escape_cell(value)) == value


CELL = st.one_of(
    st.sampled_from(["", PHONE, "212 555 0199", "US", "US-FL", "America/New_York", "5", "a@b.co"]),
    st.text(max_size=8),
)
ROWS = st.lists(st.lists(CELL, min_size=4, max_size=6), max_size=8)


@given(rows=ROWS)
def test_counts_add_up(rows: list[list[str]]) -> None:
    """accepted + rejected + duplicate = read, with one result a row in order (I2)."""
    results = run(["phone", "country", "region", "note", "priority"], *rows)
    counts = ImportCounts()
    for result in results:
        counts.add(result)

    assert counts.accepted + counts.rejected + counts.duplicate == counts.read == len(rows)
    assert [result.line for result in results] == list(range(2, len(rows) + 2))
    known = {result.contact.id for result in results if isinstance(result, Accepted)}
    assert len(known) == counts.accepted
    assert {result.contact_id for result in results if isinstance(result, Duplicate)} <= known


@given(
    rows=st.lists(st.lists(CELL, min_size=5, max_size=5), max_size=6),
    order=st.permutations(range(5)),
)
def test_the_order_of_columns_changes_nothing(rows: list[list[str]], order: list[int]) -> None:
    """The same rows with their columns in another order give equal results."""
    header = ["phone", "country", "region", "note", "priority"]

    moved = run([header[i] for i in order], *([row[i] for i in order] for row in rows))

    assert moved == run(header, *rows)
