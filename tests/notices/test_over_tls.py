"""A webhook as its receiver sees it: over TLS, at the address that was checked, believed by the
library of the scheme."""

import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest
from standardwebhooks.webhooks import Webhook

from chalicelib.aws.https import fetch
from chalicelib.kit.clock import now_ms
from chalicelib.notices.records import Status
from chalicelib.notices.service import Destinations, deliver_due, enqueue
from chalicelib.ports.outbound import Call, Reply
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.notices.house import WEBHOOKS, House, build_house, notice
from tests.support.certificate import serving, write_certificate

HOST, PUBLIC = "hooks.example.com", "93.184.216.34"


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it gets; whoever calls /moved is sent to our insides."""

    got: ClassVar[list[tuple[str, dict[str, str], str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.got.append((self.path, dict(self.headers), body))
        self.send_response(307 if self.path == "/moved" else 204)
        self.send_header("Location", "https://169.254.169.254/latest/meta-data")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Be silent."""


class Internet:
    """An outside with one public address, behind which the receiver stands."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.port = port
        self.addresses = [PUBLIC]
        self.context = ssl.create_default_context(cafile=str(certificate))

    def call(self, tenant: Scope, call: Call) -> Reply:
        return fetch(call, resolver=self.resolve, connect=self.connect, context=self.context)

    def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.addresses

    def connect(self, address: tuple[str, int], timeout_s: float) -> socket.socket:
        assert address[0] == PUBLIC
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    certificate, key = write_certificate(tmp_path_factory.mktemp("tls"), HOST)
    with serving(Receiver, certificate, key) as port:
        yield Internet(port, certificate)


@pytest.fixture
def house(local_world: World, served: Internet) -> House:
    Receiver.got.clear()
    served.addresses = [PUBLIC]
    inside = replace(local_world, outbound=served, now=now_ms)
    return replace(build_house(local_world), world=inside)


def send(house: House, webhook: str) -> tuple[Status, str]:
    enqueue(house.world, house.tenant, house.team, notice(webhook), Destinations((), (), [webhook]))
    deliver_due(house.world)
    (found,) = [each for each in house.deliveries() if each.key == webhook]
    return found.status, found.reason


def test_the_receiver_believes_it(house: House) -> None:
    assert send(house, house.webhook) == (Status.DELIVERED, "")
    ((path, headers, body),) = Receiver.got
    assert path == "/in"
    assert Webhook(house.secret).verify(body, headers)["type"] == "cost_control.blocked"
    assert json.loads(body)["data"] == {}


def test_a_redirect_is_not_followed(house: House) -> None:
    moved = house.client.post(WEBHOOKS, {"url": f"https://{HOST}/moved"}).json["id"]
    assert send(house, moved) == (Status.PENDING, "the receiver answered 307")
    assert [path for path, _, _ in Receiver.got] == ["/moved"]


def test_a_name_that_leads_to_our_insides_is_refused_when_it_is_called(
    house: House, served: Internet
) -> None:
    served.addresses = [PUBLIC, "10.0.0.1"]
    status, reason = send(house, house.webhook)
    assert (status, "not public" in reason) == (Status.FAILED, True)
    assert Receiver.got == []
