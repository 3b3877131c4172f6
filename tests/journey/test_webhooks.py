"""A webhook beside a running service: added while it runs, and sent what happens, signed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from standardwebhooks import Webhook as Verifier

from tests import invariants
from tests.conformance.webhook_endpoint import webhook_endpoint
from tests.journey.program import ROOT, command, environment
from tests.journey.test_serve import service, stop_at_once, wait_until

OWN = {"FAIRDIAL_WEBHOOK_NETWORKS": "127.0.0.0/8"}


def fairdial(*arguments: object) -> str:
    """What a command prints."""
    done = subprocess.run(
        command(*arguments), cwd=ROOT, env=environment() | OWN, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_a_webhook_is_sent_what_happens(tmp_path: Path) -> None:
    """The lines of the local log from its adding on, byte for byte; and no log holds a secret."""
    data = tmp_path / "data"
    at = ("--data", data)
    with webhook_endpoint() as endpoint:
        with service("serve", data, "--demo", "--port", 0, **OWN) as process:
            wait_until((data / "events.jsonl").exists, process)
            printed = fairdial("webhooks", "add", endpoint.url, *at)
            found = re.search(r"webhook (\S+)\nsecret (\S+)\n", printed)
            assert found is not None
            webhook, secret = found.groups()
            fairdial("webhooks", "test", webhook, *at)

            def is_tested() -> bool:
                return any(b'"Webhook Tested"' in each.body for each in endpoint.accepted)

            wait_until(lambda: is_tested() and len(endpoint.accepted) > 20, process)
            for message in endpoint.accepted[-5:]:
                Verifier(secret).verify(message.body, dict(message.headers))
            stop_at_once(process)
        lines = set((data / "events.jsonl").read_text().splitlines())
        assert {message.body.decode() for message in endpoint.accepted} <= lines
        one = json.loads(endpoint.accepted[0].body)["id"]
        shown = fairdial("deliveries", "show", one, *at)
    assert f"-> webhook:{webhook}: delivered at" in shown
    assert "-> local_log: delivered at" in shown
    assert invariants.read_database(f"sqlite:///{data}/fairdial.db").outbox
    log = (data / "serve.out").read_text() + (data / "serve.err").read_text()
    assert "job failed" not in log
    assert secret.removeprefix("whsec_") not in log
    assert "token=t" not in log
