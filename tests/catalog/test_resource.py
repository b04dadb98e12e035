"""The resource pattern, on a resource that exists for these tests only."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.kit.errors import Invalid, InvalidTeamId, TeamNotInMembership, TooLarge
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.kit.pages import PageRequest
from chalicelib.ports import documents
from chalicelib.ports.documents import Record, Stale, fold
from chalicelib.ports.world import World
from chalicelib.resources import hal, listing
from chalicelib.resources.errors import Duplicate, TooMany, UndecodableId, UnknownRecord
from chalicelib.resources.filters import build_text_filter, build_value_filter
from chalicelib.resources.references import OWN_TEAM, Reference, Target
from chalicelib.resources.resource import Resource
from chalicelib.resources.revisions import in_words, revision_kind
from chalicelib.resources.schemas import (
    READ_ONLY,
    PageQuery,
    RecordMembers,
    ResourceReference,
    sent_members,
)
from chalicelib.resources.store import Store
from tests.conftest import NOON
from tests.support.client import new_tenant
from tests.support.race import race

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


ASKED = Request("GET", "/things", {}, [], b"", "request-1")


class Thing(RecordMembers):
    name: str
    code: str | None = None
    colour: str | None = None
    weight: Decimal | None = None
    password: str | None = None
    tags: Sequence[str] = ()
    parentId: str | None = None
    teamId: str | None = None
    size: Annotated[int | None, READ_ONLY] = None
    parent: Annotated[ResourceReference | None, READ_ONLY] = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None


class ThingQuery(PageQuery):
    query: str | None = None
    colour: str | None = None


def light(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    if doc.get("weight") and Decimal(doc["weight"]) > 100:
        raise Invalid("too heavy", field="weight")
    return doc


THINGS = Resource(
    kind="THING",
    name="Thing",
    resource_type="thing",
    path="/things",
    embedded="thingResourceList",
    model=Thing,
    unique={"code": ("code",), "name": ("name", "colour")},
    filters={"query": build_text_filter("name", "code"), "colour": build_value_filter("colour")},
    references=(
        OWN_TEAM,
        Reference("parent", "parentId", Target("THING", "Thing", "thing", "/things")),
    ),
    secret=frozenset({"password"}),
    apply_rules=light,
)


@pytest.fixture
def store(world: World) -> Store:
    return store_of(world)


def store_of(world: World) -> Store:
    made = new_tenant(world)
    return Store(world, Principal(made.tenant, made.team, "abc123", frozenset()), THINGS)


def add(store: Store, name: str, **members: Any) -> Record:
    return store.create({"name": name, **members})


def names(page: dict[str, Any]) -> list[str]:
    return [row["name"] for row in page["_embedded"]["thingResourceList"]]


def ask(store: Store, **query: Any) -> dict[str, Any]:
    return store.page(ThingQuery(**query), ASKED)


class TestRecord:
    def test_it_is_shown_with_its_metadata_and_what_it_refers_to(self, store: Store) -> None:
        parent = add(store, "parent")
        row = store.row(
            add(store, "child", weight="1.50", parentId=parent.id, tags=["a"], secretive="x")
        )
        assert row["label"] == row["name"] == "child"
        assert (row["resourceType"], row["created"], row["updated"]) == (
            "thing",
            iso(NOON),
            iso(NOON),
        )
        assert row["_links"] == {"self": {"href": f"/things/{row['id']}"}}
        assert (row["weight"], row["tags"], row["colour"]) == (Decimal("1.50"), ["a"], None)
        assert (row["parentId"], row["parent"]["label"]) == (parent.id, "parent")
        assert (row["teamId"], row["team"]["label"]) == (store.scope, "Test team")
        assert "secretive" not in row

    def test_read_only_and_unknown_members_are_ignored(self) -> None:
        body = Thing.model_validate(
            {"id": 5, "name": "n", "size": "x", "_links": 7, "team": [], "what": 1}
        )
        assert sent_members(body) == {"name": "n"}

    def test_absent_members_stay_and_nulls_empty(self, store: Store) -> None:
        record = add(store, "n", colour="red", weight="1")
        changed = store.change(
            record, sent_members(Thing.model_validate({"name": "n", "weight": None}))
        )
        assert (changed.doc["colour"], changed.doc["weight"]) == ("red", None)
        kept = store.change(
            changed, sent_members(Thing.model_validate({"name": "n", "colour": None}), nulls=False)
        )
        assert kept == changed

    def test_ids(self, store: Store) -> None:
        with pytest.raises(UndecodableId, match=r"Failed to decode hashed Id: \[no_id\]"):
            store.get("no_id")
        unknown = new_id()
        with pytest.raises(UnknownRecord, match=f"Couldn't find Thing with ID: {unknown}"):
            store.get(unknown)

    def test_references_must_be_there(self, store: Store) -> None:
        with pytest.raises(UndecodableId):
            add(store, "n", parentId="no_id")
        with pytest.raises(UnknownRecord):
            add(store, "n", parentId=new_id())
        parent = add(store, "parent")
        child = add(store, "child", parentId=parent.id)
        store.delete(parent)
        with pytest.raises(UnknownRecord):
            add(store, "other", parentId=parent.id)
        assert store.change(child, {"colour": "red"}).doc["parentId"] == parent.id, (
            "what it had may stay"
        )

    def test_a_team_can_only_be_the_own_one(self, store: Store) -> None:
        assert "teamId" not in add(store, "n", teamId=store.scope).doc
        with pytest.raises(TeamNotInMembership):
            add(store, "n", teamId=new_id())
        with pytest.raises(InvalidTeamId):
            add(store, "n", teamId="no_id")

    def test_its_own_rules_hold_on_create_and_change(self, store: Store) -> None:
        with pytest.raises(Invalid, match="too heavy"):
            add(store, "n", weight="101")
        record = add(store, "n", weight="99")
        with pytest.raises(Invalid, match="too heavy"):
            store.change(record, {"weight": "101"})
        assert store.get(record.id) == record


class TestUnique:
    def test_one_member_or_several(self, store: Store) -> None:
        add(store, "a", code="C", colour="red")
        with pytest.raises(Duplicate, match="Thing with code 'c' already exists"):
            add(store, "b", code="c")
        with pytest.raises(Duplicate, match="Thing with name 'A' already exists"):
            add(store, "A", colour="RED")
        other = add(store, "a", colour="blue")
        add(store, "a")
        add(store, "a")
        with pytest.raises(Duplicate):
            store.change(other, {"colour": "red"})

    def test_of_two_at_once_one_wins(self, store: Store) -> None:
        outcomes = race([lambda: add(store, "a", code="C")] * 3)
        assert sorted(type(each).__name__ for each in outcomes) == [
            "Duplicate",
            "Duplicate",
            "Record",
        ]

    def test_a_taken_id_is_drawn_again(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        taken, free = add(store, "a").id, new_id()
        drawn = iter([taken, free])
        monkeypatch.setattr("chalicelib.resources.store.new_id", lambda: next(drawn))
        assert add(store, "b").id == free
        with pytest.raises(Stale):
            store.create({"name": "c"}, taken)


class TestDelete:
    def test_it_is_gone_for_everybody_and_what_was_unique_is_free(self, store: Store) -> None:
        record = add(store, "a", code="C")
        answer = store.delete(record)
        assert (answer["id"], answer["resourceType"]) == (record.id, "thing")
        with pytest.raises(UnknownRecord):
            store.get(record.id)
        with pytest.raises(UnknownRecord):
            store.find("code", "C")
        assert (
            ask(store)["page"]["totalElements"]
            == ask(store, query="a")["page"]["totalElements"]
            == 0
        )
        assert add(store, "a", code="C").id != record.id
        kept = store.world.documents.get(store.scope, "THING", record.id)
        assert kept
        assert kept.doc == record.doc

    def test_of_two_changes_one_wins(self, store: Store) -> None:
        record = add(store, "a")
        outcomes = race(
            [
                lambda: store.change(record, {"colour": "red"}),
                lambda: store.change(record, {"code": "1"}),
            ]
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["Record", "Stale"]
        with pytest.raises(Stale):
            store.delete(record)


class TestHistory:
    def test_every_changed_member_is_a_row_and_the_newest_stands_first(
        self, store: Store, clock: Any
    ) -> None:
        record = add(store, "a", colour="red", tags=["x"])
        clock.move(MINUTE)
        record = store.change(record, {"colour": "blue", "code": "1"})
        store.change(record, {"colour": "blue"})
        clock.move(MINUTE)
        store.delete(record)
        rows = store.history(record.id, PageQuery(size=100), ASKED)["_embedded"][
            "revisionDataResourceList"
        ]
        told = [
            (row["changeType"], row["field"], row["previousValue"], row["currentValue"])
            for row in rows
        ]
        assert told == [
            ("DELETE", "name", "a", None),
            ("DELETE", "colour", "blue", None),
            ("DELETE", "tags", '["x"]', None),
            ("DELETE", "code", "1", None),
            ("UPDATE", "colour", "red", "blue"),
            ("UPDATE", "code", None, "1"),
            ("CREATE", "name", None, "a"),
            ("CREATE", "colour", None, "red"),
            ("CREATE", "tags", None, '["x"]'),
        ]
        assert {row["user"] for row in rows} == {"key abc123"}
        assert rows[4]["attribute"] == "Colour"
        assert rows[4]["changeDate"] == iso(NOON + MINUTE)

    def test_it_is_paged_and_sorted(self, store: Store) -> None:
        record = add(store, "a", colour="red", code="1")
        page = store.history(record.id, PageQuery(page=1, size=2, sort=["field,desc"]), ASKED)
        assert [row["field"] for row in page["_embedded"]["revisionDataResourceList"]] == ["code"]
        assert page["page"] == {
            "size": 2,
            "totalElements": 3,
            "totalPages": 2,
            "number": 1,
            "last": True,
        }

    def test_of_a_secret_only_that_it_changed(self, store: Store) -> None:
        record = store.change(add(store, "a", password="hush-1"), {"password": "hush-2"})
        rows = list(
            store.history(record.id, PageQuery(), ASKED)["_embedded"]["revisionDataResourceList"]
        )
        assert [row["field"] for row in rows] == ["password", "name", "password"]
        assert "hush" not in repr(rows) + repr(store.row(record)) + repr(ask(store))
        stored = store.world.documents.page(store.scope, revision_kind("THING", record.id)).records
        assert "hush" not in repr(stored)

    def test_nothing_is_told_of_what_was_refused(self, store: Store) -> None:
        record = add(store, "a", code="1")
        store.change(record, {"colour": "red"})
        other = add(store, "b", code="2")
        for wrong in (
            lambda: store.change(record, {"colour": "blue"}),
            lambda: store.change(other, {"code": "1"}),
        ):
            with pytest.raises((Stale, Duplicate)):
                wrong()
        left = (
            store.world.documents.page(store.scope, revision_kind("THING", each.id))
            for each in (record, other)
        )
        assert [len(page.records) for page in left] == [2, 1]

    def test_an_unknown_record_has_none(self, store: Store) -> None:
        with pytest.raises(UnknownRecord):
            store.history(new_id(), PageQuery(), ASKED)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("inputCostPerToken", "Input cost per token"),
        ("cacheCreation1hrCostPerInputToken", "Cache creation1hr cost per input token"),
        ("toolId", "Tool id"),
        ("descriptionAsHTML", "Description as html"),
        ("pricingDimensions.Ab1.unitPrice", "Unit price"),
    ],
)
def test_members_in_words(member: str, words: str) -> None:
    assert in_words(member) == words


class TestPages:
    @pytest.fixture
    def many(self, store: Store) -> Store:
        colours = ["red", "blue", None]
        for number in range(25):
            name, weight = f"Thing {number:02}", str(number % 7)
            doc = {
                "name": name,
                "code": f"c{number}",
                "colour": colours[number % 3],
                "weight": weight,
            }
            store.world.documents.create(store.scope, Record("THING", new_id(), doc, name))
        return store

    def test_in_the_order_of_names_by_pages_of_ten(self, many: Store) -> None:
        page = ask(many)
        assert names(page) == [f"Thing {number:02}" for number in range(10)]
        assert page["page"] == {
            "size": 10,
            "totalElements": 25,
            "totalPages": 3,
            "number": 0,
            "last": False,
        }
        assert names(ask(many, page=2)) == [f"Thing {number:02}" for number in range(20, 25)]
        beyond = ask(many, page=10**12)
        assert (names(beyond), beyond["page"]["totalElements"]) == ([], 25)

    def test_links_keep_the_question(self, many: Store) -> None:
        page = many.page(
            ThingQuery(query="thing", page=1),
            replace(ASKED, query=[("query", "thing"), ("page", "1")]),
        )
        assert page["_links"]["next"]["href"] == "/things?query=thing&page=2&size=10"

    def test_a_size_above_a_hundred_is_served_as_a_hundred(self, many: Store) -> None:
        assert ask(many, size=5_000)["page"]["size"] == 100

    @pytest.mark.parametrize("sort", [[], ["name"], ["label,asc"]])
    def test_a_page_that_holds_all_costs_one_query(
        self, many: Store, monkeypatch: pytest.MonkeyPatch, sort: list[str]
    ) -> None:
        asked = []
        documents = type(many.world.documents)

        def told(name: str) -> Any:
            method = getattr(documents, name)

            def counted(self: Any, *arguments: Any, **more: Any) -> Any:
                asked.append(name)
                return method(self, *arguments, **more)

            return counted

        for name in ("page", "count"):
            monkeypatch.setattr(documents, name, told(name))
        assert ask(many, size=50, sort=sort)["page"]["totalElements"] == 25
        assert asked == ["page"]
        assert ask(many, page=1, sort=sort)["page"]["totalElements"] == 25
        assert asked == ["page", "page", "count"]

    def test_sorted_by_several_properties(self, many: Store) -> None:
        rows = ask(many, size=100, sort=["weight,desc", "name"])["_embedded"]["thingResourceList"]
        assert rows == sorted(rows, key=lambda row: (-row["weight"], row["name"]))
        by_colour = ask(many, size=100, sort=["colour,desc"])["_embedded"]["thingResourceList"]
        assert [row["colour"] for row in by_colour] == ["red"] * 9 + ["blue"] * 8 + [None] * 8

    @LOCAL
    @pytest.mark.parametrize("sort", ["nothing", "tags", "team", "name,sideways"])
    def test_an_unknown_property_or_direction_is_refused_by_name(
        self, many: Store, sort: str
    ) -> None:
        with pytest.raises(Invalid, match=sort.strip(",").rpartition(",")[2]) as caught:
            ask(many, sort=[sort])
        assert caught.value.faults[0].field == "sort"

    def test_filters_apply_together(self, many: Store) -> None:
        page = ask(many, query="tHING 1", colour="RED")
        assert names(page) == ["Thing 12", "Thing 15", "Thing 18"]
        assert page["page"]["totalElements"] == 3
        assert names(ask(many, query="C24")) == ["Thing 24"]

    def test_within_another_record(self, store: Store) -> None:
        parent = add(store, "parent")
        for name in "bac":
            add(store, name, parentId=parent.id)

        def inside(doc: Any) -> bool:
            return bool(doc.get("parentId") == parent.id)

        page = store.page(ThingQuery(size=2), ASKED, inside)
        assert (names(page), page["page"]["totalElements"]) == (["a", "b"], 3)

    def test_tags_of_some_records_and_of_all(self, store: Store) -> None:
        for name, tags in (("b", ["b", "a"]), ("a", ["a"]), ("c", [])):
            add(store, name, tags=tags)
        assert listing.list_tags(store.world, store.scope, ("THING", "NOTHING")) == ["a", "b"]
        assert listing.list_tags(
            store.world, store.scope, ("THING",), lambda record: record.name == "a"
        ) == ["a"]

    def test_more_than_can_be_held_is_refused_not_cut(self, many: Store) -> None:
        with pytest.raises(TooMany):
            listing.read_all(many.world, many.scope, "THING", most=24)


@LOCAL
@given(
    sizes=st.integers(0, 12),
    number=st.integers(0, 6),
    size=st.integers(1, 5),
    chunk=st.integers(1, 4),
)
@settings(max_examples=40)
def test_pages_of_any_size_from_any_chunks(
    world: World, sizes: int, number: int, size: int, chunk: int
) -> None:
    scope = new_id()
    for at in range(sizes):
        world.documents.create(scope, Record("THING", f"id{at:02}", {}, f"n{at:02}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "_CHUNK", chunk)
        patch.setattr(documents, "_PAGE", chunk)
        found, total = listing.read_page(world, scope, "THING", PageRequest(number, size))
        everything = [record.id for record in listing.read_all(world, scope, "THING")]
    assert everything == [f"id{at:02}" for at in range(sizes)]
    assert [record.id for record in found] == everything[number * size : (number + 1) * size]
    assert total == sizes


ROWS = st.lists(
    st.fixed_dictionaries(
        {"a": st.none() | st.text(max_size=3), "b": st.none() | st.integers(0, 3)}
    )
)


@given(rows=ROWS, down_a=st.booleans(), down_b=st.booleans())
def test_any_order(rows: list[dict[str, Any]], down_a: bool, down_b: bool) -> None:
    found = hal.sort_rows(rows, [("a", down_a), ("b", down_b)], lambda row, member: row[member])
    assert sorted(map(id, found)) == sorted(map(id, rows))
    for one, other in pairwise(found):
        assert not before(other, one, down_a, down_b)


def before(one: dict[str, Any], other: dict[str, Any], down_a: bool, down_b: bool) -> bool:
    for member, down in (("a", down_a), ("b", down_b)):
        left, right = one[member], other[member]
        left, right = (fold(each) if isinstance(each, str) else each for each in (left, right))
        if left == right:
            continue
        if left is None or right is None:
            return right is None
        return bool(left > right if down else left < right)
    return False


class TestTenants:
    def test_nobody_sees_or_changes_what_is_another_teams(self, world: World) -> None:
        mine, yours = store_of(world), store_of(world)
        record = add(mine, "a", code="C")
        assert ask(yours)["page"]["totalElements"] == 0
        for reach in (yours.get, lambda text: yours.history(text, PageQuery(), ASKED)):
            with pytest.raises(UnknownRecord):
                reach(record.id)
        with pytest.raises(UnknownRecord):
            yours.find("code", "C")
        with pytest.raises(UnknownRecord):
            add(yours, "b", parentId=record.id)
        for write in (lambda: yours.change(record, {"code": "D"}), lambda: yours.delete(record)):
            with pytest.raises(Stale):
                write()
        add(yours, "a", code="C")
        assert mine.get(record.id) == replace(record)


def test_what_is_too_large_to_be_stored_is_refused(store: Store) -> None:
    record = add(store, "a", tags=["x" * 200_000])
    with pytest.raises(TooLarge, match="the Thing is too large"):
        add(store, "b", tags=["x" * 400_000])
    with pytest.raises(TooLarge):  # what changes of it is told old and new
        store.change(record, {"tags": ["y" * 200_000]})
    assert store.get(record.id).doc["tags"] == ["x" * 200_000]
