"""States: what becomes of a rule's group when its condition is met, and when it is not any more.

    idle --met--> PENDING --for so long--> FIRING --not met, or the window is over--> idle
                     |--not met--> idle       |--resolved by hand--> QUIET --not met--> idle

A budget remembers for its window which lines were told (QUIET), so that each is told once. Nothing
here is stored or sent: that is done with the steps that come out of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Where a group stands; one that is idle has no state."""

    PENDING = "PENDING"
    FIRING = "FIRING"
    QUIET = "QUIET"


class Step(StrEnum):
    """What is to be done: a new alert, a further line of one, its end, and word of one that was
    snoozed and is still there."""

    OPEN = "OPEN"
    RAISE = "RAISE"
    RESOLVE = "RESOLVE"
    REMIND = "REMIND"


@dataclass(frozen=True, slots=True)
class GroupState:
    """The state of a group since an instant (UTC epoch ms). `alert` is the id of the one that is
    open, `lines` are those that were told in the window `key`. `snoozed_until`: nobody is told
    before (UTC epoch ms)."""

    phase: Phase
    since: int
    alert: str = ""
    lines: tuple[str, ...] = ()
    key: str = ""
    snoozed_until: int = 0

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "GroupState":
        """The state of a stored one."""
        return cls(**{**doc, "phase": Phase(doc["phase"]), "lines": tuple(doc["lines"])})

    @property
    def doc(self) -> dict[str, Any]:
        """How it is stored."""
        return {**asdict(self), "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a group: the lines that it is over in the window `key` (empty: no budget) at
    an instant, and how long that must last. `fresh` is the id of an alert, should one open."""

    lines: tuple[str, ...]
    key: str
    now: int
    persists_ms: int
    fresh: str


@dataclass(frozen=True, slots=True)
class Move:
    """A step that concerns an alert, with the lines that it tells. `is_quiet`: nobody is told."""

    step: Step
    alert: str
    lines: tuple[str, ...] = ()
    is_quiet: bool = False


def advance(state: GroupState | None, seen: Seen) -> tuple[GroupState | None, list[Move]]:
    """The state after a look at a group, and the steps that follow from it."""
    moves: list[Move] = []
    if state is not None and state.key != seen.key:
        # The window is over: what was open is, too, and every line may be told again.
        moves += _resolve(state, seen.now)
        state = _forget(state, seen)
    state, more = _advance_within(state, seen)
    return state, [*moves, *more]


def _advance_within(state: GroupState | None, seen: Seen) -> tuple[GroupState | None, list[Move]]:
    told = state.lines if state else ()
    fresh = tuple(line for line in seen.lines if line not in told)
    if state is not None and state.phase is Phase.FIRING:
        return _advance_firing(state, seen, fresh)
    if not fresh:
        return (_forget(state, seen) if not seen.lines else _calm(state)), []
    if state is None or state.phase is Phase.QUIET:
        state = _begin(state, seen)
    if seen.now - state.since < seen.persists_ms:
        return state, []
    opened = replace(
        state, phase=Phase.FIRING, since=seen.now, alert=seen.fresh, lines=(*told, *fresh)
    )
    return opened, [Move(Step.OPEN, seen.fresh, fresh, _is_snoozed(state, seen.now))]


def _begin(state: GroupState | None, seen: Seen) -> GroupState:
    if state is None:
        return GroupState(Phase.PENDING, seen.now, key=seen.key)
    return replace(state, phase=Phase.PENDING, since=seen.now)


def _advance_firing(
    state: GroupState, seen: Seen, fresh: tuple[str, ...]
) -> tuple[GroupState | None, list[Move]]:
    if not seen.lines:
        return _forget(state, seen), _resolve(state, seen.now)
    is_quiet = _is_snoozed(state, seen.now)
    moves: list[Move] = []
    if state.snoozed_until and not is_quiet:
        state = replace(state, snoozed_until=0)
        moves.append(Move(Step.REMIND, state.alert))
    if fresh:
        state = replace(state, lines=(*state.lines, *fresh))
        moves.append(Move(Step.RAISE, state.alert, fresh, is_quiet))
    return state, moves


def _resolve(state: GroupState, now: int) -> list[Move]:
    if state.phase is not Phase.FIRING:
        return []
    return [Move(Step.RESOLVE, state.alert, is_quiet=_is_snoozed(state, now))]


def _calm(state: GroupState | None) -> GroupState | None:
    """A group whose lines were all told."""
    if state is None or state.phase is Phase.QUIET:
        return state
    return replace(state, phase=Phase.QUIET)


def _forget(state: GroupState | None, seen: Seen) -> GroupState | None:
    """What is left of a state when the condition is not met any more: in the same window of a
    budget the lines that were told, and how long it is snoozed."""
    if state is None:
        return None
    lines = state.lines if seen.key and state.key == seen.key else ()
    snoozed = state.snoozed_until if _is_snoozed(state, seen.now) else 0
    if not lines and not snoozed:
        return None
    return GroupState(Phase.QUIET, seen.now, lines=lines, key=seen.key, snoozed_until=snoozed)


def _is_snoozed(state: GroupState, now: int) -> bool:
    return now < state.snoozed_until


def silence(state: GroupState, now: int) -> GroupState:
    """A group whose alert somebody resolves by hand: it stays quiet until the condition is not met
    any more, or a further line is crossed."""
    return replace(state, phase=Phase.QUIET, since=now, alert="")


def close(states: Mapping[str, GroupState]) -> Iterator[tuple[str, Move]]:
    """The end of all open alerts of a rule that is evaluated no more: nobody is told."""
    for group, state in states.items():
        if state.phase is Phase.FIRING:
            yield group, Move(Step.RESOLVE, state.alert, is_quiet=True)
