"""Renames: the newest are kept, and names lead to the name of today over any number of them."""

import pytest

from chalicelib.directory.registry import AGENT, ORGANIZATION, PRODUCT
from chalicelib.directory.renames import MOST, RENAMES, list_teams_with, note_rename, read_renames
from chalicelib.identity.service import bootstrap, create_team
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World


@pytest.fixture
def team() -> str:
    return new_id()


def test_of_many_renames_the_newest_are_kept(local_world: World, team: str) -> None:
    names = {f"old {number}": f"new {number}" for number in range(MOST)}
    local_world.documents.create(team, Record(RENAMES, PRODUCT, {"names": names}))
    note_rename(local_world, [team], PRODUCT, before="Last", after="Newest")
    kept = read_renames(local_world, team, PRODUCT)
    assert len(kept) == MOST == 500
    assert "old 0" not in kept
    assert next(iter(kept)) == "old 1"
    assert kept["last"] == "Newest"


def test_a_rename_of_what_is_known_drops_none(local_world: World, team: str) -> None:
    names = {f"old {number}": f"new {number}" for number in range(MOST)}
    local_world.documents.create(team, Record(RENAMES, PRODUCT, {"names": names}))
    note_rename(local_world, [team], PRODUCT, before="Old 7", after="Again")
    kept = read_renames(local_world, team, PRODUCT)
    assert len(kept) == MOST
    assert (kept["old 7"], list(kept)[-1]) == ("Again", "old 7")


def test_names_lead_to_the_name_of_today(local_world: World, team: str) -> None:
    for before, after in (("One", "Two"), ("Two", "Three"), ("Three", "Three")):
        note_rename(local_world, [team], PRODUCT, before=before, after=after)
    assert read_renames(local_world, team, PRODUCT) == {"one": "Three", "two": "Three"}


def test_names_that_no_report_shows_are_not_noted(local_world: World, team: str) -> None:
    note_rename(local_world, [team], AGENT, before="One", after="Two")
    assert read_renames(local_world, team, AGENT) == {}


def test_an_organization_is_named_in_all_teams_of_its_tenant(local_world: World) -> None:
    made = bootstrap(local_world, "Acme", "Platform", "a@acme.com")
    second = create_team(local_world, made.tenant, "Second")
    teams = list_teams_with(local_world, made.tenant, made.team, ORGANIZATION)
    assert sorted(teams) == sorted([made.team, second])
    assert list_teams_with(local_world, made.tenant, made.team, PRODUCT) == [made.team]
