"""What becomes of a group when its condition is met, and when it is not any more."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.alerts.states import (
    GroupState,
    Move,
    Phase,
    Seen,
    Step,
    advance,
    close,
    silence,
)

MET, NOT = ("",), ()


def seen(lines: tuple[str, ...], now: int, **members: Any) -> Seen:
    return Seen(lines, **{"key": "", "persists_ms": 0, "fresh": f"a{now}", "now": now, **members})


def run(*looks: Seen, state: GroupState | None = None) -> tuple[GroupState | None, list[Move]]:
    """The state after some looks, and all moves."""
    moves: list[Move] = []
    for look in looks:
        state, more = advance(state, look)
        moves += more
    return state, moves


def steps(moves: list[Move]) -> list[str]:
    return [move.step for move in moves]


def test_it_fires_once_and_is_over() -> None:
    state, moves = run(seen(MET, 1), seen(MET, 2), seen(NOT, 3))
    assert (state, moves) == (None, [Move(Step.OPEN, "a1", MET), Move(Step.RESOLVE, "a1")])


def test_it_fires_anew() -> None:
    _, moves = run(seen(MET, 1), seen(NOT, 2), seen(MET, 3))
    assert [(move.step, move.alert) for move in moves] == [
        (Step.OPEN, "a1"),
        (Step.RESOLVE, "a1"),
        (Step.OPEN, "a3"),
    ]


def test_it_must_last() -> None:
    looks = [seen(MET, at, persists_ms=10) for at in (1, 10)]
    state, moves = run(*looks)
    assert (state and state.phase, moves) == (Phase.PENDING, [])
    _, moves = run(*looks, seen(MET, 11, persists_ms=10))
    assert steps(moves) == [Step.OPEN]
    state, moves = run(*looks, seen(NOT, 10, persists_ms=10), seen(MET, 12, persists_ms=10))
    assert (state and state.since, moves) == (12, [])


def test_each_line_of_a_budget_is_told_once_a_window() -> None:
    looks = [
        seen(("1",), 1, key="w"),
        seen(("1", "2"), 2, key="w"),
        seen((), 3, key="w"),
        seen(("1", "2"), 4, key="w"),
        seen(("1", "2", "3"), 5, key="w"),
    ]
    _, moves = run(*looks)
    assert [(move.step, move.lines) for move in moves] == [
        (Step.OPEN, ("1",)),
        (Step.RAISE, ("2",)),
        (Step.RESOLVE, ()),
        (Step.OPEN, ("3",)),
    ]
    _, moves = run(*looks, seen(("1",), 6, key="next"))
    assert [(move.step, move.lines) for move in moves[4:]] == [
        (Step.RESOLVE, ()),
        (Step.OPEN, ("1",)),
    ]


def test_a_window_that_is_over_ends_what_is_open() -> None:
    state, moves = run(seen(("1",), 1, key="w"), seen((), 2, key="next"))
    assert (state, steps(moves)) == (None, [Step.OPEN, Step.RESOLVE])


def test_a_further_line_that_does_not_last_is_forgotten() -> None:
    told = {"key": "w", "persists_ms": 5}
    state, _ = run(seen(("1",), 1, key="w"), seen((), 2, key="w"))
    state, moves = run(seen(("1", "2"), 3, **told), seen(("1",), 4, **told), state=state)
    assert (state and state.phase, state and state.lines, moves) == (Phase.QUIET, ("1",), [])
    _, moves = run(seen(("1", "2"), 5, **told), seen(("1", "2"), 10, **told), state=state)
    assert [(move.step, move.lines) for move in moves] == [(Step.OPEN, ("2",))]


def test_what_is_resolved_by_hand_stays_quiet_until_it_is_over() -> None:
    state, _ = run(seen(MET, 1))
    assert state
    state, moves = run(seen(MET, 3), seen(MET, 4), state=silence(state, 2))
    assert (state and state.phase, moves) == (Phase.QUIET, [])
    _, moves = run(seen(NOT, 5), seen(MET, 6), state=state)
    assert steps(moves) == [Step.OPEN]


def test_who_is_snoozed_hears_when_that_is_over() -> None:
    state, _ = run(seen(MET, 1))
    assert state
    state = replace(state, snoozed_until=10)
    later, moves = run(seen(MET, 9), seen(MET, 10), seen(MET, 11), state=state)
    assert steps(moves) == [Step.REMIND]
    assert (later and later.snoozed_until) == 0
    _, moves = run(seen(NOT, 5), seen(MET, 6), seen(MET, 12), state=state)
    assert [(move.step, move.is_quiet) for move in moves] == [
        (Step.RESOLVE, True),
        (Step.OPEN, True),
        (Step.REMIND, False),
    ]
    state, moves = run(seen(NOT, 5), seen(NOT, 10), state=state)
    assert state is None


def test_the_end_of_a_rule_ends_what_is_open() -> None:
    states = {"a": GroupState(Phase.FIRING, 1, "x"), "b": GroupState(Phase.PENDING, 1)}
    assert list(close(states)) == [("a", Move(Step.RESOLVE, "x", is_quiet=True))]


def test_a_state_is_stored_and_read() -> None:
    state = GroupState(Phase.FIRING, 1, "x", ("1", "2"), "w", 5)
    assert GroupState.of(state.doc) == state


LINES = st.lists(st.sampled_from("123"), unique=True).map(lambda each: tuple(sorted(each)))
LOOKS = st.lists(st.tuples(LINES, st.sampled_from(("", "w", "x")), st.integers(0, 3)), max_size=30)


@given(LOOKS, st.integers(0, 4))
def test_there_is_one_open_alert_at_most(looks: list[tuple[Any, str, int]], persists: int) -> None:
    """Whatever is seen: alerts open and end in turn, a budget's line is told once a window, and
    what is open is over a line."""
    state: GroupState | None = None
    is_open, now, key_before = "", 0, None
    told: set[str] = set()
    for lines, key, pause in looks:
        now += pause + 1
        shown = lines if key else lines[:1]
        state, moves = advance(state, seen(shown, now, key=key, persists_ms=persists))
        told = told if key == key_before else set()
        for move in moves:
            if move.step is Step.OPEN:
                assert not is_open
                is_open = move.alert
            elif move.step is Step.RESOLVE:
                assert is_open == move.alert
                is_open = ""
            else:
                assert is_open == move.alert
            if key:
                assert not told & set(move.lines)
                told |= set(move.lines)
        assert bool(is_open) is (state is not None and state.phase is Phase.FIRING)
        assert not is_open or shown
        key_before = key


@pytest.mark.parametrize("persists", [0, 5])
def test_what_never_holds_never_fires(persists: int) -> None:
    assert run(*(seen(NOT, at, persists_ms=persists) for at in range(9))) == (None, [])
