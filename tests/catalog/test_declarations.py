"""What resources declare besides their members: names that metering knows, built-in records, lists
of others."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.catalog.metadata import merge_pairs, replace_pairs
from chalicelib.kit.errors import Forbidden
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources import listing
from chalicelib.resources.errors import Duplicate, InUse, TooMany, UnknownRecord
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.references import OWN_TENANT, Reference, Target
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store
from tests.catalog.test_resource import ASKED, THINGS, Thing, ThingQuery, add, names, store_of

FIXED = Record("THING", new_id(), {"name": "built in"}, "built in")


def store_with(world: World, **declared: Any) -> Store:
    return replace(
        store_of(world), resource=replace(THINGS, unique={"name": ("name",)}, **declared)
    )


def test_a_kept_name_is_found_after_a_rename(world: World) -> None:
    store = store_with(world, lasting=frozenset({"name"}))
    record = add(store, "first")
    renamed = store.change(record, {"name": "second"})
    assert (renamed.name, store.find("name", "FIRST").id) == ("second", record.id)
    with pytest.raises(UnknownRecord):
        store.find("name", "second")
    with pytest.raises(Duplicate, match="Thing with name 'first' already exists"):
        add(store, "first")


def test_a_shared_name_belongs_to_whoever_was_first(world: World) -> None:
    store = store_with(world, yielding=frozenset({"name"}))
    first, second = add(store, "a"), add(store, "A")
    assert (store.find("name", "a").id, second.unique) == (first.id, {})
    store.delete(first)
    assert store.change(second, {"colour": "red"}).unique == {"name": "A"}


def test_built_in_records_stand_first_and_stay(world: World) -> None:
    store = store_with(world, built_in=(FIXED,))
    add(store, "a")
    assert names(store.page(ThingQuery(), ASKED)) == ["built in", "a"]
    assert names(store.page(ThingQuery(sort=["name"]), ASKED)) == ["a", "built in"]
    assert store.get(FIXED.id) == FIXED
    for write in (lambda: store.change(FIXED, {"name": "x"}), lambda: store.delete(FIXED)):
        with pytest.raises(Forbidden, match="built in"):
            write()


def test_documents_may_hold_a_member_under_another_name(world: World) -> None:
    store = store_with(
        world, stored_names={"colour": "paint"}, filters={"colour": build_text_filter("colour")}
    )
    record = add(store, "a", colour="red")
    assert record.doc["paint"] == "red"
    assert "colour" not in record.doc
    assert store.row(record)["colour"] == "red"
    add(store, "b", colour="blue")
    assert names(store.page(ThingQuery(sort=["colour"]), ASKED)) == ["b", "a"]
    assert names(store.page(ThingQuery(colour="re"), ASKED)) == ["a"]
    assert store.change(record, {"name": "a", "colour": "red"}) is record


def test_a_kind_too_large_to_sort_is_still_listed_by_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_with(world, order="id")
    for name in "cab":
        add(store, name)
    page = store.page(ThingQuery(), ASKED)
    ids = [row["id"].casefold() for row in page["_embedded"]["thingResourceList"]]
    assert ids == sorted(ids)
    monkeypatch.setattr("chalicelib.resources.store.read_all", partial(listing.read_all, most=2))
    assert names(store.page(ThingQuery(), ASKED)) == ["a", "b", "c"]
    with pytest.raises(TooMany):
        store.page(ThingQuery(query="a"), ASKED)


class Linked(Thing):
    friendIds: list[str] | None = None


def test_lists_of_others_hold_those_that_are_there(world: World) -> None:
    target = Target("THING", "Thing", "thing", "/things")
    friends = Reference("friends", "friendIds", target, many=True)
    resource: Resource = replace(
        THINGS, model=Linked, references=(replace(OWN_TENANT, flat=""), friends), unique={}
    )
    store = replace(store_of(world), resource=resource)
    others = [add(store, f"{number:03}") for number in range(102)]
    record = store.create({"name": "x", "friendIds": [other.id for other in others]})
    store.delete(others[1])
    row = store.row(record)
    assert (len(row["friendIds"]), others[1].id in row["friendIds"]) == (101, False)
    assert [each["label"] for each in row["friends"][:2]] == ["000", "002"]
    assert (row["tenant"]["label"], "" in row) == ("Test tenant", False)
    with pytest.raises(UnknownRecord):
        store.change(record, {"friendIds": [others[1].id, new_id()]})


def test_what_others_need_is_not_deleted(world: World) -> None:
    def removable(store: Store, record: Record) -> None:
        raise InUse("somebody needs it")

    store = store_with(world, check_removal=removable)
    record = add(store, "a")
    with pytest.raises(InUse):
        store.delete(record)
    assert store.get(record.id) == record


@pytest.mark.parametrize(
    ("sent", "stored", "then_replaced", "then_merged"),
    [
        (None, "a=1", "a=1", "a=1"),
        ("", "a=1", "a=1", None),
        ("b=2, c=3", "a=1", "b=2, c=3", "a=1,b=2, c=3"),
        (" a = 2", "a=1", "a = 2", "a = 2"),
        ("=1,b,c=1=2,d=", None, "d=", "d="),
    ],
)
def test_metadata(
    sent: str | None, stored: str | None, then_replaced: str | None, then_merged: str | None
) -> None:
    assert (replace_pairs(sent, stored), merge_pairs(sent, stored)) == (then_replaced, then_merged)
