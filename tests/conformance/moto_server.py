"""An EventBridge to talk to over HTTP: moto's server in a thread, with a queue that sees the bus.

moto is a stand-in, not EventBridge: it knows no size limit and no throttling, and a rule with a
target takes milliseconds for each event. tests/conformance/faulty_bus.py has the errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

BUS = "fairdial"
REGION = "eu-west-1"
_RULE = "everything"


@contextmanager
def moto_server() -> Iterator[str]:
    """A server on a free port of this machine; its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


class MotoBus:
    """A bus whose every event goes on to a queue; each instance begins with an empty server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._events = boto3.client("events", region_name=REGION, endpoint_url=url)
        self._queues = boto3.client("sqs", region_name=REGION, endpoint_url=url)
        self._queue_url: str = self._queues.create_queue(QueueName="seen")["QueueUrl"]
        self.create()

    def create(self) -> None:
        """Make the bus and the rule that lets all events through."""
        self._events.create_event_bus(Name=BUS)
        self._events.put_rule(
            Name=_RULE, EventBusName=BUS, EventPattern=json.dumps({"source": ["fairdial"]})
        )
        arn = self._queues.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        # The template spares moto eight slow look-ups for each event.
        template = {"InputPathsMap": {}, "InputTemplate": "<aws.events.event.json>"}
        self._events.put_targets(
            Rule=_RULE,
            EventBusName=BUS,
            Targets=[{"Id": "queue", "Arn": arn, "InputTransformer": template}],
        )

    def delete(self) -> None:
        """Take the bus away."""
        self._events.remove_targets(Rule=_RULE, EventBusName=BUS, Ids=["queue"])
        self._events.delete_rule(Name=_RULE, EventBusName=BUS)
        self._events.delete_event_bus(Name=BUS)

    def take(self) -> list[dict[str, Any]]:
        """The events that came to the queue since the last time, in order."""
        taken: list[dict[str, Any]] = []
        while messages := self._receive():
            taken += [json.loads(message["Body"]) for message in messages]
        return taken

    def close(self) -> None:
        """Leave nothing behind for the next test."""
        self.delete()
        self._queues.delete_queue(QueueUrl=self._queue_url)
        self._events.close()
        self._queues.close()

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._queues.receive_message(
            QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        for message in messages:
            self._queues.delete_message(
                QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        return messages
