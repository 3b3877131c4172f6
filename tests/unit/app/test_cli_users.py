"""`fairdial users`: what it prints, and what it says to bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main


class Shell:
    """Somebody at a terminal, with a data folder of their own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capture = capture

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of `fairdial users ...`."""
        with pytest.raises(SystemExit) as stopped:
            main(["users", *arguments, "--data", str(self._folder)])
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Nobody is there yet."""
    return Shell(tmp_path, capsys)


def test_people_come_and_go(shell: Shell) -> None:
    """Added with a link, listed, made something else, locked out and let in again."""
    code, link, _ = shell.run("add", "Ola", "--role", "administrator")
    assert (code, link.startswith("/sign-in/"), len(link) > 40) == (0, True, True)
    shell.run("add", "Kim", "--role", "manager")
    assert shell.run("role", "Kim", "compliance_officer") == (0, "", "")
    assert shell.run("disable", "Kim") == (0, "", "")
    assert shell.run("list") == (
        0,
        "Kim\tcompliance_officer\tdisabled\nOla\tadministrator\tenabled\n",
        "",
    )
    shell.run("enable", "Kim")
    assert "Kim\tcompliance_officer\tenabled" in shell.run("list")[1]
    code, again, _ = shell.run("link", "Ola")
    assert code == 0
    assert again.startswith("/sign-in/")
    assert again != link


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "Ola"], "--role"),
        (["add", "Ola", "--role", "king"], "king"),
        (["add", "Ola", "--role", "agent"], "already"),
        (["add", "", "--role", "agent"], "name"),
        (["role", "Nobody", "agent"], "no user 'Nobody'"),
        (["role", "Ola", "agent"], "last administrator"),
        (["disable", "Ola"], "last administrator"),
        (["link", "Nobody"], "no user 'Nobody'"),
    ],
)
def test_bad_input_is_one_line(shell: Shell, arguments: list[str], says: str) -> None:
    """Exit 2, and everybody stays what they were."""
    shell.run("add", "Ola", "--role", "administrator")
    code, printed, complaint = shell.run(*arguments)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert says in complaint
    assert shell.run("list")[1] == "Ola\tadministrator\tenabled\n"
