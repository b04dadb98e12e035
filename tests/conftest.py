"""What all tests share: worlds, sockets closed to everything but this machine."""

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from chalicelib.directory import prices
from chalicelib.kit.clock import parse_instant
from chalicelib.ports.world import World
from infra.local.world import build
from tests.pricing.pins import little_book
from tests.support import aws
from tests.support.clock import Clock
from tests.support.linted import linted

settings.register_profile(
    "meterlake",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("meterlake")

NOON = parse_instant("2026-11-24T12:00:00Z")
"""When tests with a stopped clock happen: a Tuesday."""


_NAME = re.compile(r"^(?!localhost$)[^:]*[g-wyzG-WYZ][^:]*$")
"""A host by its name; what has no letter but those of hexadecimal numbers is an address."""
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 * 2**30


@pytest.fixture(autouse=True)
def prices_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are rated by prices that no update of the price book changes."""
    monkeypatch.setattr(prices, "book", little_book)


def pytest_configure(config: pytest.Config) -> None:
    """GitHub is nowhere, unless a test has one of its own. Folders of tests lie in memory where
    there is room: thousands of small databases wait for a disk at every commit."""
    os.environ["METERLAKE_GITHUB_URL"] = "https://127.0.0.1:9"
    if config.option.basetemp or hasattr(config, "workerinput"):
        return
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        config.option.basetemp = tempfile.mkdtemp(prefix="meterlake-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that calls out fails at once, by name; other hosts than this one have no address,
    wherever tests run."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            ("127.", "::1")
        ):
            raise AssertionError(f"a test wanted to call {address}")
        connect(self, address)

    def offline(host: Any, *more: Any, **named: Any) -> Any:
        if isinstance(host, str) and _NAME.search(host):
            raise socket.gaierror(f"a test wanted the address of {host}")
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", offline)


@pytest.fixture(autouse=True)
def only_statements_of_the_subset(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test fails whose code asks the lake something that Athena and DuckDB may understand
    differently. Tests of the engines themselves ask what they like."""
    if request.node.get_closest_marker("any_sql"):
        yield
    else:
        with linted():
            yield


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock(NOON)


@pytest.fixture
def local_world(tmp_path: Path, clock: Clock) -> World:
    """A world in a folder."""
    return replace(build(tmp_path / "data"), now=clock)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One deployment under moto for the tests of a module; each test makes a tenant of its own in
    it."""
    with aws.running(tmp_path_factory.mktemp("athena")) as built:
        yield built


@pytest.fixture
def aws_world(deployment: World, clock: Clock) -> World:
    """A deployed world."""
    return replace(deployment, now=clock)


@pytest.fixture(params=["local", "aws"])
def world(request: pytest.FixtureRequest) -> World:
    """Each world in turn: what holds on a laptop holds when deployed."""
    return request.getfixturevalue(f"{request.param}_world")
