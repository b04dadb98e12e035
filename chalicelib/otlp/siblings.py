"""Siblings: two instrumentations that tell of one call side by side. One that hooks in by callbacks
(LangChain's) is not the parent of what the client's instrumentation makes: both stand below the
same span, and only their times lie within one another."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from chalicelib.otlp.frames import Frame, Place, Twins

_MOST = 100
"""Calls of one usage and parent that are compared with one another."""


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
    inners = dict(zip(outers.values(), outers, strict=True))
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
    ordered = sorted(group, key=lambda place: frames[place].order)
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
