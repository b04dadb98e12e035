"""Fixtures of the suite."""

import pytest

from chalicelib.ports.world import World
from tests.notices.house import House, build_house


@pytest.fixture
def house(world: World) -> House:
    """A house in each world in turn."""
    return build_house(world)
