"""`fairdial webhooks`: add, list, rotate, disable, enable, test, and what is said to bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from app.bootstrap import build
from app.cli import main
from app.settings import Settings
from tests.builders import a_contact_fact

ACCOUNT = "default"
NOBODY = "00000000-0000-0000-0000-000000000000"
URL = "https://example.com/in?token=t"


class Desk:
    """Somebody at a terminal."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.parts = build(Settings(data=folder))

    def tell(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, output and errors of `fairdial webhooks ...`."""
        given = ["webhooks", *map(str, arguments), "--data", str(self.parts.settings.data)]
        with pytest.raises(SystemExit) as stopped:
            main(given)
        printed = self._capture.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    def add(self) -> tuple[str, str]:
        """A webhook: its id and secret."""
        code, out, _ = self.tell("add", URL)
        found = re.fullmatch(r"webhook (\S+)\nsecret (whsec_\S+)\nKeep the secret.*\n", out)
        assert code == 0
        assert found is not None
        return found[1], found[2]

    def listed(self) -> list[dict[str, str | None]]:
        """What `list` prints for a program."""
        found: list[dict[str, str | None]] = json.loads(self.tell("list", "--json")[1])
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """No webhook yet."""
    return Desk(tmp_path, capsys)


def test_a_secret_is_shown_once(desk: Desk) -> None:
    """It is another one for each webhook, and no list shows it."""
    (one, first), (two, second) = desk.add(), desk.add()
    assert len({one, two, first, second}) == 4
    assert Verifier(first) is not None
    printed = desk.tell("list")[1] + desk.tell("list", "--json")[1]
    assert first.removeprefix("whsec_") not in printed
    assert "secret " not in printed
    assert [each["id"] for each in desk.listed()] == [one, two]
    assert desk.tell("list")[1].startswith(f"{one} {URL} enabled\n")


def test_a_rotation_shows_the_new_secret(desk: Desk) -> None:
    """And until when the one before is valid."""
    webhook, secret = desk.add()
    code, out, _ = desk.tell("rotate", webhook)
    assert code == 0
    assert out.startswith("secret whsec_")
    assert secret not in out
    assert str(desk.listed()[0]["old_secret_until"]) in out.splitlines()[1]


def test_disabling_and_enabling(desk: Desk) -> None:
    """Each says no the second time."""
    webhook, _ = desk.add()
    assert desk.tell("disable", webhook, "--reason", "moves house") == (0, "", "")
    assert desk.tell("disable", webhook)[2] == f"fairdial: webhook {webhook} is disabled already\n"
    assert desk.listed()[0]["disabled_reason"] == "moves house"
    assert desk.tell("list")[1].endswith(": moves house\n")
    refused = f"fairdial: webhook {webhook} is disabled; enable it first\n"
    assert desk.tell("test", webhook) == (2, "", refused)
    assert desk.tell("enable", webhook) == (0, "", "")
    assert desk.tell("enable", webhook)[0] == 2


def test_a_test_event_is_published(desk: Desk) -> None:
    """The output says how to follow it."""
    webhook, _ = desk.add()
    code, out, _ = desk.tell("test", webhook)
    assert code == 0
    assert f"--sink webhook:{webhook}" in out
    with desk.parts.database() as uow:
        assert uow.deliveries.waiting(ACCOUNT, f"webhook:{webhook}") == 1
        assert uow.deliveries.waiting(ACCOUNT, "local_log") == 1
        uow.outbox.append(ACCOUNT, a_contact_fact(1))
    with desk.parts.database() as uow:
        assert uow.deliveries.waiting(ACCOUNT, f"webhook:{webhook}") == 2


def test_bad_input_is_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """And changes nothing; no URL is repeated."""
    for arguments, said in (
        (["add", "http://example.com/"], "the webhook's URL must begin with https://"),
        (["add", "https://a:secret@example.com/"], "must hold no user name or password"),
        (["rotate", NOBODY], f"there is no webhook {NOBODY}"),
        (["disable", NOBODY], f"there is no webhook {NOBODY}"),
        (["enable", NOBODY], f"there is no webhook {NOBODY}"),
        (["test", NOBODY], f"there is no webhook {NOBODY}"),
        (["test", "w"], "Invalid value for 'WEBHOOK'"),
    ):
        code, out, err = desk.tell(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err
        assert "example" not in err
    monkeypatch.setenv("FAIRDIAL_WEBHOOK_NETWORKS", "10.0.0.1/8")
    assert "FAIRDIAL_WEBHOOK_NETWORKS: 10.0.0.1/8 has host bits" in desk.tell("add", URL)[2]
    assert desk.listed() == []


def test_plain_http_needs_a_network_that_is_set_free(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For receivers in the same building."""
    monkeypatch.setenv("FAIRDIAL_WEBHOOK_NETWORKS", "10.1.0.0/16")
    assert desk.tell("add", "http://10.1.2.3:8080/in")[0] == 0
