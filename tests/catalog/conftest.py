"""Fixtures of the catalog suite."""

import pytest

from chalicelib.ports.world import World
from tests.support.client import Client


@pytest.fixture
def client(world: World) -> Client:
    """A client of each world in turn."""
    return Client(world)
