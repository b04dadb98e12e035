"""Siblings: two instrumentations that tell of one call side by side. One that hooks in by callbacks
(LangChain's) is not the parent of what the client's instrumentation makes: both stand below the
same span, and only their times lie within one another."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Place = tuple[str, str]
"""A span by its trace and its own id."""
_MOST = 100
"""Calls of one usage and parent that are compared with one another."""


class Frame(NamedTuple):
    """Who tells of a call, when it began and ended (epoch ns), and the id of its response, empty
    where it has none."""

    scope: str
    start: int
    end: int
    identity: str = ""

    def may_hold(self, inner: "Frame") -> bool:
        """Whether it can be another instrumentation's span of the same call."""
        if self.scope == inner.scope or self.end < inner.end or inner.start < self.start:
            return False
        # Two ids are two calls.
        return not (self.identity and inner.identity) or self.identity == inner.identity


class Twins(NamedTuple):
    """Calls of which other ones tell more: those that are none, and those that are the same event
    as the other one by their id, which the ledger makes of both."""

    wrappers: set[Place]
    same: set[Place]


IsSame = Callable[[Place, Place], bool]
IsFull = Callable[[Place], bool]


def find_twins(
    group: Sequence[Place], frames: Mapping[Place, Frame], is_same: IsSame, is_full: IsFull
) -> Twins:
    """Among calls below one span, oldest known first, those around another one: each around one at
    most, and within one at most. Three calls in parallel that two instrumentations tell of stay
    three.

    What is known first is matched first, so that a later call takes none of the matches away that
    have been made. Of those that tell of one call the innermost stays, of the ones that tell what
    the cost depends on (`is_full`) if there is any.
    """
    held = _find_held(group[:_MOST], frames, is_same)
    outers: dict[Place, Place] = {}
    for place in group[:_MOST]:
        _match(place, held, outers, set())
    inners = {outer: inner for inner, outer in outers.items()}
    twins = Twins(set(), set())
    for place in inners.keys() - outers.keys():
        chain = [place]
        while place in inners:
            place = inners[place]
            chain.append(place)
        call = next(filter(is_full, reversed(chain)), place)
        identity = frames[call].identity
        for other in chain:
            if other != call:
                is_same_event = identity != "" and identity == frames[other].identity
                (twins.same if is_same_event else twins.wrappers).add(other)
    return twins


def _find_held(
    group: Sequence[Place], frames: Mapping[Place, Frame], is_same: IsSame
) -> Mapping[Place, Sequence[Place]]:
    """Of each call those that it may stand around."""
    ordered = sorted(group, key=lambda place: _first_outer(frames[place]))
    pairs: list[tuple[Place, Place]] = []
    for number, outer in enumerate(ordered, 1):
        for inner in ordered[number:]:
            if frames[inner].start > frames[outer].end:
                break
            if frames[outer].may_hold(frames[inner]) and is_same(outer, inner):
                pairs.append((outer, inner))
    # Of calls in parallel some of the inner spans may lie around outer ones of other calls: of two
    # instrumentations the one that is around the other more often always is.
    ways = Counter((frames[outer].scope, frames[inner].scope) for outer, inner in pairs)
    held: dict[Place, list[Place]] = {}
    for outer, inner in pairs:
        way = frames[outer].scope, frames[inner].scope
        back = way[1], way[0]
        if (ways[way], back) > (ways[back], way):
            held.setdefault(outer, []).append(inner)
    return held


def _first_outer(frame: Frame) -> tuple[int, int, str]:
    """The order in which each call comes before those within it."""
    return frame.start, -frame.end, frame.scope


def _match(
    outer: Place,
    held: Mapping[Place, Sequence[Place]],
    outers: dict[Place, Place],
    tried: set[Place],
) -> bool:
    """Find one within `outer` that is free, or can be made free; `outers` are the matches by the
    inner ones."""
    for inner in held.get(outer, ()):
        if inner in tried:
            continue
        tried.add(inner)
        if inner not in outers or _match(outers[inner], held, outers, tried):
            outers[inner] = outer
            return True
    return False
