from dataclasses import replace
from itertools import count

import pytest

from chalicelib.ports.world import World
from infra.local.world import build
from tests.lake.samples import NOON
from tests.support.clock import Clock

_teams = count(1)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def world(built: World, clock: Clock) -> World:
    return replace(built, now=clock)


@pytest.fixture
def team() -> str:
    """A team of this test alone, so that one world serves all tests."""
    return f"team{next(_teams)}"
