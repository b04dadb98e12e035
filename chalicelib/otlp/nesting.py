"""Nesting: which spans of a trace stand around the call that they tell of.

The innermost span with usage is the call. One above it with the same model and usage is its
wrapping, or with the same model and a cost alone, and so is one whose usage is exactly the sum of
the calls within it. Of two instrumentations the span of one may stand beside that of the other
(siblings.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import filterfalse, repeat
from typing import NamedTuple

from chalicelib.otlp.call_usage import NO_FACTS, CallUsage, Facts, Row
from chalicelib.otlp.frames import Frame, Place
from chalicelib.otlp.siblings import find_twins

MOST_ABOVE = 64
"""Spans above one that are looked at. A chain of a thousand spans, each with usage, would else take
a million steps, and anybody may send one."""


def climb(place: Place, parents: Mapping[Place, str]) -> Sequence[Place]:
    """The spans above a span, nearest first, up to the first one that `parents` does not have (that
    one too), 64 at most. A circle ends."""
    trace = place[0]
    above: list[Place] = []
    passed = {place}
    for _ in range(MOST_ABOVE):
        parent = parents.get(place)
        if not parent:
            break
        place = trace, parent
        if place in passed:
            break
        above.append(place)
        passed.add(place)
    return above


Frames = Mapping[Place, Frame]
_NO_FRAMES: Frames = {}
Wrappings = Mapping[Place, Sequence[Place]]
"""Wrappings, each with the calls that it tells of. A chain of wrappings that is longer than one
looks tells of none."""


def find_wrappers(
    calls: Mapping[Place, Row],
    parents: Mapping[Place, str],
    frames: Frames = _NO_FRAMES,
    tell_facts: Callable[[], Mapping[Place, Facts]] = dict,
) -> Wrappings:
    """Which of the calls of a batch stand around others that they tell of; `parents` are all spans
    of the batch, `frames` those of the calls of traces in which they may stand beside others."""
    within = _find_within(calls, parents)
    if not (frames or _may_wrap(within, calls)):
        return {}
    concerned = set(within).union(*within.values(), frames)
    facts = tell_facts()
    usages = {place: CallUsage.of(calls[place], facts.get(place, NO_FACTS)) for place in concerned}
    return _judge(within, usages, parents, frames)


def _may_wrap(within: Mapping[Place, Sequence[Place]], calls: Mapping[Place, Row]) -> bool:
    """Whether any call has no output, that of one below it, or that of all together. Without that
    none is a wrapping, and in most batches it is so: usages need not be made of every call."""
    for outer, inner in within.items():
        outputs = [calls[place].get("output_tokens") or 0 for place in inner]
        output = calls[outer].get("output_tokens") or 0
        if not output or output in outputs or output == sum(outputs):
            return True
    return False


def wrappers_among(
    calls: Mapping[Place, CallUsage], parents: Mapping[Place, str], frames: Frames
) -> Wrappings:
    """The same of usages."""
    return _judge(_find_within(calls, parents), calls, parents, frames)


def _find_within(
    calls: Collection[Place], parents: Mapping[Place, str]
) -> Mapping[Place, Sequence[Place]]:
    """The calls that have others below them, with these."""
    within: dict[Place, list[Place]] = {}
    ways: dict[Place, Sequence[Place]] = {}
    for place in calls:
        parent = parents.get(place)
        if not parent:
            continue
        nearest = place[0], parent
        way = ways.get(nearest)
        if way is None:
            # Siblings have one way up.
            above = nearest, *climb(nearest, parents)
            way = ways[nearest] = list(filter(calls.__contains__, above[:MOST_ABOVE]))
        for outer in way:
            if outer != place:
                within.setdefault(outer, []).append(place)
    return within


def _judge(
    within: Mapping[Place, Sequence[Place]],
    usages: Mapping[Place, CallUsage],
    parents: Mapping[Place, str],
    frames: Frames,
) -> Wrappings:
    around: dict[Place, list[Place]] = {}
    for outer, inner in within.items():
        for place in inner:
            # In a circle each stands around the other, and none would be left.
            if usages[outer].may_wrap(usages[place]) and outer not in within.get(place, ()):
                around[outer] = [place]
                break
    same = _add_twins(around, usages, parents, frames)
    # From the inside: what stands within another one has fewer calls below it.
    for outer in sorted(within.keys() - around.keys(), key=lambda place: len(within[place])):
        summands = [place for place in within[outer] if place not in around and place not in same]
        if usages[outer].is_sum_of(list(map(usages.__getitem__, summands))):
            around[outer] = summands
    found: dict[Place, Sequence[Place]] = {}
    for outer in around:
        found[outer] = [
            place
            for place in within.get(outer, ())
            if place not in around and usages[outer].may_wrap(usages[place])
        ] or _calls_through(outer, around)
    return found


def _calls_through(place: Place, around: Wrappings) -> Sequence[Place]:
    """The calls of a wrapping that has none of its usage below it: those that it sums up, the one
    that it stands beside, or those of another wrapping."""
    for _ in repeat(None, MOST_ABOVE):
        told = around[place]
        calls = list(filterfalse(around.__contains__, told))
        if calls:
            return calls
        place = told[0]
    return ()


def _add_twins(
    around: dict[Place, list[Place]],
    usages: Mapping[Place, CallUsage],
    parents: Mapping[Place, str],
    frames: Frames,
) -> set[Place]:
    """Add to the wrappings what tells of the same call as a sibling does. Answers what is no
    wrapping because it is one event with its sibling, by the id of the response."""
    same: set[Place] = set()
    if len({frame.scope for frame in frames.values()}) <= 1:
        return same
    ways = [_parent_of]
    if around:
        # Beside a wrapping stands also what is within it.
        ways.append(_Outermost(set(around), usages).parent_of)
    for parent_of in ways:
        groups: dict[tuple[str, str, int], list[Place]] = {}
        for place, usage in usages.items():
            is_call = place not in around and place not in same
            if not is_call or place not in frames or usage.is_cost or not usage.is_used:
                continue
            if parent := parent_of(place, parents):
                groups.setdefault((place[0], parent, usage.output), []).append(place)
        for group in groups.values():
            if len(group) > 1:
                twins = find_twins(
                    group,
                    frames,
                    lambda outer, inner: usages[outer].may_wrap(usages[inner]),
                    lambda place: usages[place].has_cache,
                )
                around |= twins.wrappers
                same |= twins.same
    return same


def _parent_of(place: Place, parents: Mapping[Place, str]) -> str:
    return parents.get(place, "")


class _Outermost(NamedTuple):
    """Finds what stands above all wrappings of a call."""

    wrappers: set[Place]
    usages: Mapping[Place, CallUsage]

    def parent_of(self, place: Place, parents: Mapping[Place, str]) -> str:
        """The id of the span above the outermost wrapping; that above the call where it has none,
        or where that is a root."""
        found = parents.get(place, "")
        for above in climb(place, parents):
            if above in self.wrappers and self.usages[above].may_wrap(self.usages[place]):
                found = parents.get(above, "") or found
        return found
