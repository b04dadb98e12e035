"""A name of a merged record leads to its heir, over any number of merges."""

import pytest

from chalicelib.directory.registry import HEIR, PRODUCT, Registry
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World


def put(world: World, team: str, record_id: str, heir: str = "") -> None:
    """A product that is found by its own id as a name, and may have been merged into another."""
    doc = {"name": record_id, HEIR: heir} if heir else {"name": record_id}
    unique = {"name": record_id}
    record = Record(PRODUCT, record_id, doc, record_id, unique=unique, deleted=bool(heir))
    world.documents.create(team, record)


@pytest.fixture
def team() -> str:
    return new_id()


def test_a_merged_record_leads_to_its_heir(local_world: World, team: str) -> None:
    put(local_world, team, "heir")
    put(local_world, team, "former", heir="heir")
    put(local_world, team, "first", heir="former")
    registry = Registry(local_world)
    for name in ("heir", "former", "first"):
        found = registry.find(team, PRODUCT, "name", name)
        assert found is not None
        assert found.id == "heir"
        assert registry.obtain_id(team, PRODUCT, name) == "heir"


def test_an_heir_that_is_gone_leads_nowhere(local_world: World, team: str) -> None:
    put(local_world, team, "former", heir="nobody")
    assert Registry(local_world).find(team, PRODUCT, "name", "former") is None
