"""Documents: what every adapter promises."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, RecordPage, Stale, Taken, fold
from chalicelib.ports.world import World
from tests.support.race import race

AWKWARD = [
    "Ünïcødé 漢字 🚀",
    'it\'s "quoted"',
    "100 % _under_",
    "back\\slash",
    "a\nb\tc",
    "#hash#",
    "  spaced  ",
    "",
]
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


def walk(world: World, scope: str, **query: object) -> list[RecordPage]:
    """All pages to the end."""
    pages = [world.documents.page(scope, "THING", **query)]  # type: ignore[arg-type]
    while pages[-1].cursor is not None:
        cursor = pages[-1].cursor
        pages.append(world.documents.page(scope, "THING", cursor=cursor, **query))
    return pages


def thing(record_id: str, name: str = "", **more: object) -> Record:
    """A small record."""
    return Record("THING", record_id, {"n": record_id}, name, **more)  # type: ignore[arg-type]


class TestCreateAndGet:
    def test_everything_comes_back_as_it_was_stored(self, world: World, scope: str) -> None:
        record = Record(
            "THING", "a1", {"deep": {"list": [1, None, True, "x"]}, "big": 10**18 + 1,
            "money": "0.1"}, "Name", "Ref",
            {"code": "C-1"}, 1, 1_700_000_000_000, 1_700_000_000_001,
        )  # fmt: skip
        assert world.documents.create(scope, record) == record
        assert world.documents.get(scope, "THING", "a1") == record

    @pytest.mark.parametrize("text", AWKWARD)
    def test_awkward_text_survives_everywhere(self, world: World, scope: str, text: str) -> None:
        record = thing("a1", text, reference=text, unique={"label": text})
        world.documents.create(scope, replace(record, doc={text: text}))
        found = world.documents.find(scope, "THING", "label", text)
        assert found is not None
        assert (found.name, found.reference, found.doc, found.unique) == (
            text,
            text,
            {text: text},
            {"label": text},
        )

    def test_an_unknown_record_is_none(self, world: World, scope: str) -> None:
        assert world.documents.get(scope, "THING", "nope") is None
        assert world.documents.find(scope, "THING", "code", "nope") is None

    def test_the_version_starts_at_one_whatever_the_caller_says(
        self, world: World, scope: str
    ) -> None:
        assert world.documents.create(scope, thing("a1", version=7)).version == 1

    def test_an_id_is_taken_once(self, world: World, scope: str) -> None:
        world.documents.create(scope, thing("a1", "first"))
        with pytest.raises(Taken) as caught:
            world.documents.create(scope, thing("a1", "second"))
        assert caught.value.faults[0].field == "id"
        stored = world.documents.get(scope, "THING", "a1")
        assert stored is not None
        assert stored.name == "first"

    def test_get_many_answers_the_known_ones(self, world: World, scope: str) -> None:
        ids = [f"id{n:03}" for n in range(100)]
        for record_id in ids[::2]:
            world.documents.create(scope, thing(record_id))
        assert set(world.documents.get_many(scope, "THING", ids)) == set(ids[::2])

    def test_get_many_of_nothing_or_of_one_twice(self, world: World, scope: str) -> None:
        world.documents.create(scope, thing("a1"))
        assert world.documents.get_many(scope, "THING", []) == {}
        assert list(world.documents.get_many(scope, "THING", ["a1", "a1"])) == ["a1"]


class TestUniqueKeys:
    def test_a_value_is_held_by_one_record_whatever_its_case(
        self, world: World, scope: str
    ) -> None:
        world.documents.create(scope, thing("a1", unique={"email": "Ann@Example.com"}))
        with pytest.raises(Taken) as caught:
            world.documents.create(scope, thing("a2", unique={"email": " ann@example.COM "}))
        assert caught.value.faults[0].field == "email"
        assert world.documents.get(scope, "THING", "a2") is None

    def test_all_or_nothing(self, world: World, scope: str) -> None:
        world.documents.create(scope, thing("a1", unique={"code": "1"}))
        with pytest.raises(Taken):
            world.documents.create(scope, thing("a2", unique={"alias": "free", "code": "1"}))
        world.documents.create(scope, thing("a3", unique={"alias": "free"}))

    def test_a_value_of_one_field_is_free_in_another_and_in_another_kind(
        self, world: World, scope: str
    ) -> None:
        world.documents.create(scope, thing("a1", unique={"code": "x"}))
        world.documents.create(scope, thing("a2", unique={"alias": "x"}))
        world.documents.create(scope, replace(thing("a3", unique={"code": "x"}), kind="OTHER"))

    def test_an_update_claims_the_new_value_and_frees_the_old(
        self, world: World, scope: str
    ) -> None:
        record = world.documents.create(scope, thing("a1", unique={"code": "old", "kept": "k"}))
        world.documents.update(scope, replace(record, unique={"code": "new", "kept": "K"}))
        assert world.documents.find(scope, "THING", "code", "old") is None
        for field_name, value in (("code", "NEW"), ("kept", "k")):
            found = world.documents.find(scope, "THING", field_name, value)
            assert found is not None
            assert found.id == "a1"
        world.documents.create(scope, thing("a2", unique={"code": "old"}))

    def test_an_owner_that_gave_the_value_up_is_not_found_by_it(
        self, world: World, scope: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also when that happens between the two reads of an adapter that needs two:

        A  find - who holds the value? a1 -------------- read a1 - holds it no longer: None
        B                                 - a1 gives up -
        """
        record = world.documents.create(scope, thing("a1", unique={"code": "old"}))
        adapter = type(world.documents)
        get = adapter.get
        given_up: list[str] = []

        def give_up() -> None:
            given_up.append(record.id)
            world.documents.update(scope, replace(record, unique={}))

        def get_too_late(*args: str) -> Record | None:
            if not given_up:
                give_up()
            return get(*args)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(adapter, "get", get_too_late)
            found = world.documents.find(scope, "THING", "code", "old")
        if given_up:
            assert found is None
        else:  # one read is enough
            give_up()
        assert world.documents.find(scope, "THING", "code", "old") is None

    def test_an_update_cannot_take_the_value_of_another(self, world: World, scope: str) -> None:
        world.documents.create(scope, thing("a1", unique={"code": "mine"}))
        other = world.documents.create(scope, thing("a2", unique={"code": "yours"}))
        with pytest.raises(Taken):
            world.documents.update(scope, replace(other, name="changed", unique={"code": "MINE"}))
        assert world.documents.get(scope, "THING", "a2") == other
        found = world.documents.find(scope, "THING", "code", "yours")
        assert found == other

    def test_a_long_value_is_told_from_its_neighbour(self, world: World, scope: str) -> None:
        long = "ü" * 1_500
        world.documents.create(scope, thing("a1", long + "1", unique={"code": long + "1"}))
        world.documents.create(scope, thing("a2", long + "2", unique={"code": long + "2"}))
        found = world.documents.find(scope, "THING", "code", long + "2")
        assert found is not None
        assert found.id == "a2"


class TestUpdateAndErase:
    def test_the_version_counts_writes(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("a1", "one", unique={"code": "1"}))
        updated = world.documents.update(scope, replace(record, name="two", doc={"x": 2}))
        assert (updated.version, updated.name) == (2, "two")
        assert world.documents.get(scope, "THING", "a1") == updated

    def test_an_old_version_is_stale_and_changes_nothing(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("a1", unique={"code": "1"}))
        newest = world.documents.update(scope, replace(record, name="two"))
        for changed in (replace(record, name="three"), replace(record, unique={"code": "2"})):
            with pytest.raises(Stale):
                world.documents.update(scope, changed)
        assert world.documents.get(scope, "THING", "a1") == newest
        assert world.documents.find(scope, "THING", "code", "2") is None

    def test_an_unknown_record_is_stale(self, world: World, scope: str) -> None:
        with pytest.raises(Stale):
            world.documents.update(scope, thing("nope", unique={"code": "1"}))
        assert world.documents.find(scope, "THING", "code", "1") is None

    def test_erase_removes_record_and_values(self, world: World, scope: str) -> None:
        world.documents.create(scope, thing("a1", "ann", unique={"code": "1"}))
        world.documents.erase(scope, "THING", "a1")
        world.documents.erase(scope, "THING", "a1")
        assert world.documents.get(scope, "THING", "a1") is None
        assert world.documents.page(scope, "THING").records == []
        world.documents.create(scope, thing("a2", unique={"code": "1"}))


class TestTogether:
    def test_further_records_are_created_with_a_create_and_with_an_update(
        self, world: World, scope: str
    ) -> None:
        notes = [
            Record("NOTE", f"n{n}", {"n": n}, f"name {n}", unique={"code": str(n)})
            for n in range(3)
        ]
        record = world.documents.create(scope, thing("a1"), also=notes[:1])
        updated = world.documents.update(scope, replace(record, name="two"), also=notes[1:])
        assert updated.version == 2
        assert world.documents.page(scope, "NOTE").records == notes
        assert world.documents.find(scope, "NOTE", "code", "2") == notes[2]

    @pytest.mark.parametrize(
        "also", [Record("NOTE", "taken", {}), Record("NOTE", "n2", {}, unique={"code": "taken"})]
    )
    def test_all_of_them_or_none(self, world: World, scope: str, also: Record) -> None:
        world.documents.create(
            scope, Record("NOTE", "taken", {"first": True}, unique={"code": "taken"})
        )
        record = world.documents.create(scope, thing("a1", unique={"code": "1"}))
        together = [Record("NOTE", "n1", {}), also]
        with pytest.raises(Taken) as caught:
            world.documents.create(scope, thing("a2", unique={"code": "2"}), also=together)
        assert caught.value.faults[0].field == ("id" if also.id == "taken" else "code")
        with pytest.raises(Taken):
            world.documents.update(scope, replace(record, unique={"code": "2"}), also=together)
        assert world.documents.get(scope, "THING", "a1") == record
        assert world.documents.get(scope, "THING", "a2") is None
        assert world.documents.find(scope, "THING", "code", "2") is None
        assert [note.id for note in world.documents.page(scope, "NOTE").records] == ["taken"]

    def test_nothing_is_created_beside_a_stale_update(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("a1"))
        world.documents.update(scope, record)
        for stale in (record, thing("nope")):
            with pytest.raises(Stale):
                world.documents.update(scope, stale, also=[Record("NOTE", "n1", {})])
        assert world.documents.page(scope, "NOTE").records == []

    def test_of_two_updates_with_further_records_one_wins(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("a1"))
        notes = [Record("NOTE", f"n{n}", {}) for n in range(4)]
        outcomes = race(
            [partial(world.documents.update, scope, record, also=[note]) for note in notes]
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            "Record",
            "Stale",
            "Stale",
            "Stale",
        ]
        assert len(world.documents.page(scope, "NOTE").records) == 1


class TestDeleted:
    def test_a_deleted_record_is_kept_and_in_no_page(self, world: World, scope: str) -> None:
        record = world.documents.create(
            scope, thing("a1", "ann", reference="ref", unique={"code": "1"})
        )
        world.documents.create(scope, thing("a2", "bob"))
        deleted = world.documents.update(scope, replace(record, unique={}, deleted=True))
        assert deleted.deleted
        assert world.documents.get(scope, "THING", "a1") == deleted
        assert world.documents.get_many(scope, "THING", ["a1"]) == {"a1": deleted}
        assert world.documents.find(scope, "THING", "code", "1") is None
        for by in ("name", "reference"):
            assert [
                each.id for page in walk(world, scope, by=by, limit=1) for each in page.records
            ] == ["a2"]
        world.documents.create(scope, thing("a3", "ann", unique={"code": "1"}))

    def test_it_can_come_back(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("a1", "ann"))
        deleted = world.documents.update(scope, replace(record, deleted=True))
        restored = world.documents.update(scope, replace(deleted, deleted=False))
        assert world.documents.page(scope, "THING").records == [restored]


class TestRaces:
    def test_of_two_updates_one_wins(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("a1"))
        outcomes = race(
            [
                lambda n=n: world.documents.update(scope, replace(record, name=f"n{n}"))
                for n in range(4)
            ]  # type: ignore[misc]
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            "Record",
            "Stale",
            "Stale",
            "Stale",
        ]

    def test_of_two_creates_of_a_value_one_wins(self, world: World, scope: str) -> None:
        outcomes = race(
            [
                lambda n=n: world.documents.create(scope, thing(f"a{n}", unique={"code": "c"}))
                for n in range(4)
            ]  # type: ignore[misc]
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            "Record",
            "Taken",
            "Taken",
            "Taken",
        ]
        found = world.documents.find(scope, "THING", "code", "c")
        assert found in outcomes


class TestPages:
    def test_in_order_of_folded_name_then_id_to_the_end(self, world: World, scope: str) -> None:
        names = ["beta", "Alpha", "alpha", "", "Zeta", "äther", "alphabet", "al", "漢字", "🚀"]
        for number, name in enumerate(names):
            world.documents.create(scope, thing(f"id{number}", name))
        for limit in (1, 3, len(names), 100):
            pages = walk(world, scope, limit=limit)
            found = [(fold(record.name), record.id) for page in pages for record in page.records]
            assert found == sorted((fold(name), f"id{number}") for number, name in enumerate(names))
            assert all(len(page.records) == limit for page in pages[:-1])
            assert pages[-1].records

    def test_an_empty_kind_is_one_empty_page(self, world: World, scope: str) -> None:
        assert walk(world, scope) == [RecordPage([], None)]

    def test_by_reference(self, world: World, scope: str) -> None:
        for number, reference in enumerate(["b@x", "A@x", "a@x", "c@x"]):
            world.documents.create(scope, thing(f"id{number}", "same", reference=reference))
        found = [
            record.id
            for page in walk(world, scope, by="reference", limit=2)
            for record in page.records
        ]
        assert found == ["id1", "id2", "id0", "id3"]
        one = world.documents.page(scope, "THING", by="reference", prefix="A@")
        assert [record.id for record in one.records] == ["id1", "id2"]

    @pytest.mark.parametrize("prefix", ["al", "AL", "100 %", "100 % _", "it's", "漢", "no such"])
    def test_prefix_search_takes_every_character_literally(
        self, world: World, scope: str, prefix: str
    ) -> None:
        names = ["Alpha", "album", "beta", "100 % _under_", "100 x", "it's", "漢字", "1007"]
        for number, name in enumerate(names):
            world.documents.create(scope, thing(f"id{number}", name))
        found = [
            record.name
            for page in walk(world, scope, prefix=prefix, limit=1)
            for record in page.records
        ]
        assert sorted(found) == sorted(
            name for name in names if fold(name).startswith(fold(prefix))
        )

    def test_a_renamed_record_moves(self, world: World, scope: str) -> None:
        record = world.documents.create(scope, thing("id1", "zzz"))
        world.documents.create(scope, thing("id2", "mmm"))
        world.documents.update(scope, replace(record, name="aaa"))
        assert [each.name for each in world.documents.page(scope, "THING").records] == [
            "aaa",
            "mmm",
        ]
        assert world.documents.page(scope, "THING", prefix="zzz").records == []

    @given(names=st.lists(TEXT, max_size=8), prefix=TEXT, limit=st.integers(1, 4))
    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_any_names(self, world: World, names: list[str], prefix: str, limit: int) -> None:
        scope = new_id()
        for number, name in enumerate(names):
            world.documents.create(scope, thing(f"id{number}", name))
        found = [
            (fold(r.name), r.id)
            for page in walk(world, scope, prefix=prefix, limit=limit)
            for r in page.records
        ]
        named = [(fold(name), f"id{number}") for number, name in enumerate(names)]
        assert found == sorted(each for each in named if each[0].startswith(fold(prefix)))

    @pytest.mark.parametrize("cursor", ["x", "[]", '["a"]', "[1, 2]", "é", "eA=="])
    def test_a_cursor_of_nobody_is_refused(self, world: World, scope: str, cursor: str) -> None:
        with pytest.raises(Invalid) as caught:
            world.documents.page(scope, "THING", cursor=cursor)
        assert caught.value.faults[0].field == "cursor"


class TestCounts:
    def test_what_pages_hold_is_counted(self, world: World, scope: str, other_scope: str) -> None:
        documents = world.documents
        assert documents.count(scope, "THING") == 0
        records = [
            documents.create(scope, thing(f"a{number}", "same", unique={"code": str(number)}))
            for number in range(3)
        ]
        documents.create(scope, thing("b1", ""), [thing("b2"), replace(thing("n1"), kind="NOTE")])
        documents.create(other_scope, thing("a1"))
        assert [documents.count(scope, kind) for kind in ("THING", "NOTE", "THIN")] == [5, 1, 0]
        changed = documents.update(scope, replace(records[0], name="other"))
        assert documents.count(scope, "THING") == 5
        deleted = documents.update(scope, replace(changed, unique={}, deleted=True))
        assert documents.count(scope, "THING") == 4
        deleted = documents.update(scope, replace(deleted, doc={"n": "still deleted"}))
        assert documents.count(scope, "THING") == 4
        documents.update(scope, replace(deleted, deleted=False))
        assert documents.count(scope, "THING") == 5
        for record_id in ("a0", "a1", "unknown"):
            documents.erase(scope, "THING", record_id)
        assert documents.count(scope, "THING") == 3
        with pytest.raises(Taken):
            documents.create(scope, thing("c1", unique={"code": "2"}))
        with pytest.raises(Stale):
            documents.update(scope, replace(records[2], version=7))
        assert documents.count(scope, "THING") == 3
        assert documents.count(other_scope, "THING") == 1


class TestIsolation:
    def test_scopes_never_see_each_other(self, world: World, scope: str, other_scope: str) -> None:
        record = thing("a1", "ann", reference="r", unique={"code": "1"})
        mine = world.documents.create(scope, record)
        assert world.documents.get(other_scope, "THING", "a1") is None
        assert world.documents.get_many(other_scope, "THING", ["a1"]) == {}
        assert world.documents.find(other_scope, "THING", "code", "1") is None
        assert world.documents.page(other_scope, "THING").records == []
        with pytest.raises(Stale):
            world.documents.update(other_scope, mine)
        world.documents.erase(other_scope, "THING", "a1")
        world.documents.create(other_scope, record)
        assert world.documents.get(scope, "THING", "a1") == mine

    def test_kinds_never_see_each_other(self, world: World, scope: str) -> None:
        world.documents.create(scope, thing("a1", "ann"))
        assert world.documents.get(scope, "THIN", "a1") is None
        assert world.documents.page(scope, "THIN").records == []


def test_every_record_of_a_scope_is_walked_through(
    world: World, scope: str, other_scope: str
) -> None:
    records = [
        Record(kind, f"r{number}", {}, unique={"u": f"{number}"})
        for kind in ("A", "B")
        for number in range(30)
    ]
    for record in records:
        world.documents.create(scope, record)
    world.documents.update(scope, replace(records[0], unique={}, deleted=True))
    world.documents.create(other_scope, records[0])
    found = list(world.documents.every(scope))
    assert sorted((each.kind, each.id, each.deleted) for each in found) == sorted(
        (each.kind, each.id, each is records[0]) for each in records
    )
    assert list(world.documents.every("nobody")) == []
