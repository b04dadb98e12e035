"""Outbound: refuses our own insides on every adapter; what a call does is tested on the one client
that both use."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from chalicelib.aws.https import fetch
from chalicelib.ports.outbound import (
    MOST_REPLY_BYTES,
    AddressRefused,
    Call,
    Mail,
    Reply,
    Unreachable,
)
from chalicelib.ports.world import World
from tests.support.certificate import serving, write_certificate
from tests.support.provider import FakeProvider

HOST = "hooks.example.com"
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/", "ftp://93.184.216.34/", "https://", "https:///x",
        "//93.184.216.34/", "x",
        "https://127.0.0.1/", "https://10.1.2.3/", "https://192.168.0.1:8443/",
        "https://169.254.169.254/"
        "latest/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/",
        "https://[fc00::1]/", "https://0.0.0.0/",
        "https://[64:ff9b::7f00:1]/", "https://100.64.0.1/", "https://224.0.0.1/",
        "https://localhost/",
        "https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://[::]/",
        "https://[::1",
        "https://user:"
        "pass@93.184.216.34/", "https://93.184.216.34:99999/", "https://93.184.216.34:0/",
        "https://93.184.216.34/a b", "https://93.184.216.34/\r\nX: y", "https://ex\u00e4mple.com/",
    ],
)  # fmt: skip
def test_what_must_not_be_called_is_refused(world: World, scope: str, url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        world.outbound.call(scope, Call("GET", url))
    assert caught.value.faults[0].field == "url"


def test_mail_is_taken(world: World, scope: str) -> None:
    world.outbound.mail(
        scope, Mail(["ann@example.com", "bob@example.com"], "Ünïcødé 🚀", "line\nline")
    )


class Server(BaseHTTPRequestHandler):
    """Answers by path, and tells what it was asked."""

    asked: list[tuple[str, str, str, bytes]] = []  # noqa: RUF012 - one server at a time

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.path, self.headers["Host"], self.headers.get("X-Sign", ""), body))
        status = 302 if self.path == "/moved" else 201
        self.send_response(status)
        self.send_header("Location", "https://127.0.0.1/secret")
        self.end_headers()
        self.wfile.write(b"x" * (MOST_REPLY_BYTES + 1) if self.path == "/large" else b"done")

    def log_message(self, *args: object) -> None:
        """Be silent."""


class Outside:
    """The internet of a test: one public address, behind which stands our server."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.port = port
        self.answers: list[Sequence[str]] = [[PUBLIC]]
        self.dialled: list[tuple[str, int]] = []
        self.context = ssl.create_default_context(cafile=str(certificate))

    def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.answers.pop(0)

    def connect(self, address: tuple[str, int], timeout_s: float) -> socket.socket:
        self.dialled.append(address)
        if address[0] != PUBLIC:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)

    def fetch(self, url: str, **more: object) -> Reply:
        call = Call("POST", url, {"X-Sign": "s"}, b"body", **more)  # type: ignore[arg-type]
        return fetch(call, resolver=self.resolve, connect=self.connect, context=self.context)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    certificate, key = write_certificate(tmp_path_factory.mktemp("tls"), HOST)
    with serving(Server, certificate, key) as port:
        yield port, certificate


@pytest.fixture
def outside(served: tuple[int, Path]) -> Outside:
    Server.asked.clear()
    return Outside(*served)


def test_a_call_reaches_the_address_that_was_checked(outside: Outside) -> None:
    outside.answers = [[PUBLIC], ["127.0.0.1"]]
    reply = outside.fetch(f"https://{HOST}:8443/path?q=1")
    assert (reply.status, reply.body) == (201, b"done")
    assert outside.dialled == [(PUBLIC, 8443)]
    assert Server.asked == [("/path?q=1", f"{HOST}:8443", "s", b"body")]
    assert outside.answers == [["127.0.0.1"]]


def test_one_private_address_among_public_ones_is_refused(outside: Outside) -> None:
    outside.answers = [[PUBLIC, "10.0.0.1"]]
    with pytest.raises(AddressRefused):
        outside.fetch(f"https://{HOST}/")
    assert outside.dialled == []


def test_the_next_address_is_tried(outside: Outside) -> None:
    outside.answers = [["8.8.8.8", PUBLIC]]
    assert outside.fetch(f"https://{HOST}/").status == 201


def test_redirects_are_not_followed(outside: Outside) -> None:
    assert outside.fetch(f"https://{HOST}/moved").status == 302
    assert len(outside.dialled) == 1


def test_a_reply_is_cut_at_a_mebibyte(outside: Outside) -> None:
    reply = outside.fetch(f"https://{HOST}/large")
    assert (len(reply.body), reply.is_cut) == (MOST_REPLY_BYTES, True)
    outside.answers = [[PUBLIC]]
    assert not outside.fetch(f"https://{HOST}/large", most_bytes=MOST_REPLY_BYTES + 1).is_cut


def test_a_certificate_of_another_host_is_not_believed(outside: Outside) -> None:
    with pytest.raises(Unreachable):
        outside.fetch("https://other.example.com/")


def test_nobody_there(outside: Outside) -> None:
    outside.answers = [["8.8.8.8"]]
    with pytest.raises(Unreachable):
        outside.fetch(f"https://{HOST}/")


def test_only_an_origin_that_the_settings_name_may_be_private() -> None:
    with FakeProvider() as provider:
        provider.answer("GET", "/v1", {"ok": True})
        call = Call("GET", f"{provider.url}/v1")
        with pytest.raises(AddressRefused):
            fetch(call, private_origins=["http://127.0.0.1:1"])
        assert fetch(call, private_origins=[provider.url]).body == b'{"ok": true}'
        disguised = provider.url.replace("http://", "http://127.0.0.1:80@")
        with pytest.raises(AddressRefused):
            fetch(Call("GET", disguised), private_origins=[provider.url, "http://127.0.0.1:80"])


def test_who_drips_is_cut_off() -> None:
    """A byte every tenth of a second is no silence, and yet no answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        caller, _ = listener.accept()
        with caller, suppress(OSError):
            for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 600:
                caller.sendall(bytes([letter]))
                time.sleep(0.05)

    threading.Thread(target=drip, daemon=True).start()
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    begun = time.monotonic()
    with pytest.raises(Unreachable):
        fetch(Call("GET", f"{origin}/", timeout_s=0.5), private_origins=[origin])
    assert time.monotonic() - begun < 5
    listener.close()
