"""The state of days: who may call a day clean, and what undoes it."""

import threading
from dataclasses import replace

import pytest

from chalicelib.lake.days import (
    KIND,
    LEASE_MS,
    ROLLUP_FORMAT,
    DayState,
    announce_swap,
    close_days,
    free_leases,
    lease_day,
    open_days,
    read_states,
    release_day,
    walk_unfinished_days,
)
from chalicelib.ports.world import World
from tests.support.clock import Clock

TABLE, DAY = "ai_events", "2026-03-10"


def state(world: World, team: str, day: str = DAY) -> DayState:
    return read_states(world, team, TABLE, [day])[day]


def wrote(world: World, team: str, day: str = DAY, writer: str = "w") -> None:
    open_days(world, team, TABLE, [day], writer)
    close_days(world, team, TABLE, {day: {}}, writer)


def compacted(world: World, team: str, name: str = "c") -> None:
    job = lease_day(world, team, TABLE, DAY, name)
    assert job is not None
    release_day(world, job, compacted=True)


def test_a_day_that_nothing_was_written_to_is_clean_and_rolled(world: World, team: str) -> None:
    assert state(world, team).is_clean
    assert state(world, team).is_rolled
    assert list(walk_unfinished_days(world.documents, team)) == []


def test_a_write_makes_dirty_compaction_clean_rollup_rolled_and_a_write_dirty_again(
    world: World, team: str
) -> None:
    wrote(world, team)
    assert not state(world, team).is_clean
    compacted(world, team)
    assert state(world, team).is_clean
    assert not state(world, team).is_rolled
    job = lease_day(world, team, TABLE, DAY, "r")
    assert job is not None
    assert job.clean
    release_day(world, job, rolled=True)
    assert state(world, team).is_rolled
    assert list(walk_unfinished_days(world.documents, team)) == []
    wrote(world, team)
    assert not state(world, team).is_clean
    assert [(table, day) for table, day, _ in walk_unfinished_days(world.documents, team)] == [
        (TABLE, DAY)
    ]


def test_a_writer_that_is_open_when_compaction_begins_keeps_the_day_dirty(
    world: World, team: str
) -> None:
    open_days(world, team, TABLE, [DAY], "w")
    compacted(world, team)
    assert not state(world, team).is_clean
    close_days(world, team, TABLE, {DAY: {}}, "w")
    assert not state(world, team).is_clean
    compacted(world, team, "again")
    assert state(world, team).is_clean


def test_a_writer_that_comes_while_compaction_works_keeps_the_day_dirty(
    world: World, team: str
) -> None:
    wrote(world, team)
    job = lease_day(world, team, TABLE, DAY, "c")
    wrote(world, team, writer="late")
    assert job is not None
    release_day(world, job, compacted=True)
    assert not state(world, team).is_clean


def test_a_day_has_one_job_at_a_time_until_the_job_is_taken_for_dead(
    world: World, team: str, clock: Clock
) -> None:
    wrote(world, team)
    first = lease_day(world, team, TABLE, DAY, "first")
    assert lease_day(world, team, TABLE, DAY, "second") is None
    clock.now += LEASE_MS
    second = lease_day(world, team, TABLE, DAY, "second")
    assert first is not None
    assert second is not None
    release_day(world, second, compacted=True)
    assert state(world, team).is_clean
    release_day(world, first, compacted=True)
    assert not state(world, team).is_clean, "what the dead job put stands beside the clean files"


def test_a_dead_writer_stops_compaction_for_a_lease_only_and_dirties_the_day_when_it_rises(
    world: World, team: str, clock: Clock
) -> None:
    open_days(world, team, TABLE, [DAY], "w")
    clock.now += LEASE_MS
    compacted(world, team)
    assert state(world, team).is_clean
    close_days(world, team, TABLE, {DAY: {}}, "w")
    assert not state(world, team).is_clean


def test_a_rollup_of_a_day_that_changed_meanwhile_counts_for_what_it_read(
    world: World, team: str
) -> None:
    wrote(world, team)
    compacted(world, team)
    job = lease_day(world, team, TABLE, DAY, "r")
    wrote(world, team)
    assert job is not None
    release_day(world, job, rolled=True)
    compacted(world, team, "c2")
    assert state(world, team).is_clean
    assert not state(world, team).is_rolled


def test_swaps_tell_that_files_vanish(world: World, team: str) -> None:
    wrote(world, team)
    job = lease_day(world, team, TABLE, DAY, "c")
    assert job is not None
    before = state(world, team).swaps
    announce_swap(world, job)
    assert state(world, team).swaps == before + 1
    assert state(world, team).merged == job.generation


def test_days_of_many_months_are_read_together(world: World, team: str) -> None:
    days = [f"{year}-{month:02d}-01" for year in range(2015, 2026) for month in range(1, 13)]
    open_days(world, team, TABLE, days[::2], "w")
    found = read_states(world, team, TABLE, days)
    assert [found[day].written for day in days] == [1, 0] * (len(days) // 2)


def test_no_mark_is_lost_between_writers(world: World, team: str) -> None:
    def work(writer: str) -> None:
        for _ in range(5):
            wrote(world, team, writer=writer)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state(world, team).written == 20
    assert not state(world, team).writers


def test_an_older_month_without_work_is_read_once_more(world: World, team: str) -> None:
    open_days(world, team, "api_events", [DAY], "w")
    close_days(world, team, "api_events", {DAY: {}}, "w")
    job = lease_day(world, team, "api_events", DAY, "c")
    assert job is not None
    release_day(world, job, compacted=True)
    (record,) = world.documents.page(team, KIND).records
    world.documents.update(
        team, replace(record, doc={**record.doc, "reference": "rolled-1"}, reference="rolled-1")
    )
    assert list(walk_unfinished_days(world.documents, team)) == []
    (after,) = world.documents.page(team, KIND).records
    assert (after.reference, after.doc) == (record.reference, record.doc)


@pytest.mark.parametrize("reference", ["done", f"rolled-{ROLLUP_FORMAT - 1}"])
def test_a_day_that_an_older_version_rolled_up_is_rolled_up_again(
    world: World, team: str, reference: str
) -> None:
    wrote(world, team)
    compacted(world, team)
    job = lease_day(world, team, TABLE, DAY, "r")
    assert job is not None
    release_day(world, job, rolled=True)
    (record,) = world.documents.page(team, KIND).records
    days = {day: {**state, "rollups": 0} for day, state in record.doc["days"].items()}
    world.documents.update(
        team, replace(record, doc={"reference": reference, "days": days}, reference=reference)
    )
    assert state(world, team).is_clean
    assert not state(world, team).is_rolled
    assert [(table, day) for table, day, _ in walk_unfinished_days(world.documents, team)] == [
        (TABLE, DAY)
    ]
    job = lease_day(world, team, TABLE, DAY, "again")
    assert job is not None
    release_day(world, job, rolled=True)
    assert list(walk_unfinished_days(world.documents, team)) == []


def test_leases_of_a_process_that_is_known_to_be_dead_are_free(world: World, team: str) -> None:
    wrote(world, team)
    open_days(world, team, TABLE, [DAY], "dead")
    assert lease_day(world, team, TABLE, DAY, "dead-too") is not None
    assert free_leases(world, team) == 1
    job = lease_day(world, team, TABLE, DAY, "c")
    assert job is not None
    assert job.quiet
    release_day(world, job, compacted=True)
    assert state(world, team).is_clean
    job = lease_day(world, team, TABLE, DAY, "r")
    assert job is not None
    release_day(world, job, rolled=True)
    assert lease_day(world, team, TABLE, DAY, "dead-again") is not None
    assert free_leases(world, team) == 1
    assert free_leases(world, team) == 0
    assert state(world, team).is_rolled


def test_a_job_that_lives_after_its_lease_was_freed_makes_the_day_dirty(
    world: World, team: str
) -> None:
    wrote(world, team)
    job = lease_day(world, team, TABLE, DAY, "c")
    assert job is not None
    free_leases(world, team)
    release_day(world, job, compacted=True)
    assert not state(world, team).is_clean
