"""Siblings: two instrumentations that tell of one call side by side. One that hooks in by callbacks
(LangChain's) is not the parent of what the client's instrumentation makes: both stand below the
same span, and only their times lie within one another."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from chalicelib.otlp.frames import Frame, Place, Twins

_MOST = 1_000
"""Calls of one usage and parent that are compared with one another."""


IsSame = Callable[[Place, Place], bool]
IsFull = Callable[[Place], bool]


def find_twins(
    group: Iterable[Place], frames: Mapping[Place, Frame], is_same: IsSame, is_full: IsFull
) -> Twins:
    """Among calls below one span, those that tell of the same call as another one, each of another
    instrumentation and within the one before. Where several calls ran at once nobody can tell which
    is whose: all stay, because a call that is lost is worse than one that is counted twice.

    Of those that tell of one call the innermost stays, of the ones that tell what the cost depends
    on (`is_full`) if there is any.
    """
    ordered = sorted(group, key=lambda place: frames[place].order)[:_MOST]
    twins = Twins({}, set())
    for chain in _find_chains(ordered, frames, is_same):
        call = next(filter(is_full, reversed(chain)), chain[-1])
        identity = frames[call].identity
        for other in chain:
            if other == call:
                continue
            if identity and identity == frames[other].identity:
                twins.same.add(other)
            else:
                twins.wrappers[other] = [call]
    return twins


def _find_chains(
    ordered: Sequence[Place], frames: Mapping[Place, Frame], is_same: IsSame
) -> Iterator[Sequence[Place]]:
    """Calls within one another, the outermost first, that have to do with no other call."""
    clusters: dict[Place, list[Place]] = {place: [place] for place in ordered}
    for number, outer in enumerate(ordered, 1):
        for inner in ordered[number:]:
            if not frames[outer].begins_with(frames[inner]):
                break
            is_joined = clusters[outer] is clusters[inner]
            if not is_joined and frames[outer].may_hold(frames[inner]) and is_same(outer, inner):
                joined = clusters[outer] + clusters[inner]
                clusters |= dict.fromkeys(joined, joined)
    for cluster in {id(each): each for each in clusters.values()}.values():
        chain = sorted(cluster, key=lambda place: frames[place].order)
        if len(chain) > 1 and _is_one_call([frames[place] for place in chain]):
            yield chain


def _is_one_call(chain: Sequence[Frame]) -> bool:
    """Whether frames, the outermost first, are each of another instrumentation and within the one
    before, and have one id at most."""
    identities = {frame.identity for frame in chain if frame.identity}
    scopes = {frame.scope for frame in chain}
    if len(scopes) < len(chain) or len(identities) > 1:
        return False
    return all(outer.may_hold(inner) for outer, inner in pairwise(chain))
