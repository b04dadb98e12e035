"""Untold: counts, by day and reason, of what clients sent and no report shows as they may expect:
records that were refused or held no usage that we understand, and ids that two calls shared.

`meterlake doctor` tells of them. Best effort: a count that is lost in a crash is no lost call.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from chalicelib.kit.clock import DAY, day_of
from chalicelib.ports.counters import Counter
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

REFUSED, UNUSED, EARLY, METRIC, CONFLICT = "refused unused early metric conflict".split()
EMPTY, LEFT_OUT = "empty", "left_out"
REASONS: Mapping[str, str] = {
    REFUSED: "records were refused: the answer to each export says why",
    UNUSED: "records name a model or tokens, but no call that we understand: they are not counted",
    EARLY: "spans sum up calls that had not come before: those that never came are not counted",
    EMPTY: "spans of model calls told neither tokens nor a cost, nor did any within them: they are "
    "not counted (OpenAI streams need include_usage)",
    METRIC: "points of metrics of tokens or costs: not counted, only spans and logs are calls",
    CONFLICT: "records had the id of another call: both are counted",
    LEFT_OUT: "records changed nothing: their call had been corrected, erased or taken back and "
    "they tell other counts (if they were of another call, it is not counted), or they came after "
    "six fuller ones",
}
"""Reason → what it means."""
_DAYS = 30


def note_untold(world: World, team: Scope, numbers: Mapping[str, int]) -> None:
    """Add to the counts of today; `numbers` by reason."""
    amounts = {reason: number for reason, number in numbers.items() if number}
    if amounts:
        counter = _counter(day_of(world.now()))
        world.counters.add(team, counter, amounts, uuid4().hex)


def read_untold(world: World, team: Scope) -> Sequence[tuple[str, int]]:
    """The counts of the last 30 days, by reason, the greatest first."""
    now = world.now()
    names = [_counter(day_of(now - back * DAY)) for back in range(_DAYS)]
    totals: dict[str, int] = {}
    for amounts in world.counters.read(team, names, now).values():
        for reason, number in amounts.items():
            totals[reason] = totals.get(reason, 0) + number
    return sorted(totals.items(), key=lambda item: -item[1])


def _counter(day: str) -> Counter:
    return Counter("untold", day)
