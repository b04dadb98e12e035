"""Choices: which days of contributions are read."""

from collections.abc import Sequence

from chalicelib.assistants.readings import CLAUDE_CODE, Reading, read_reading
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

MOST_DAYS = 92
_FIRST_DAYS, _AGAIN_DAYS = 30, 3


def choose_days(world: World, team: Scope, first: str = "", last: str = "") -> Sequence[str]:
    """The days to read, of which the first and the last may be given (YYYY-MM-DD): until yesterday,
    from three days before the last one that was read, or thirty back. Raises Invalid."""
    days = list_wanted(world, read_reading(world.documents, team, CLAUDE_CODE), first, last)
    faults: list[Fault] = []
    if last > day_of(world.now()):
        faults.append(Fault("endDate", "is in the future", received=last))
    if not days:
        faults.append(Fault("startDate", "is after the last day", received=first))
    if len(days) > MOST_DAYS:
        faults.append(Fault("startDate", f"more than {MOST_DAYS} days are read in parts"))
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    return days


def list_wanted(world: World, known: Reading, first: str, last: str) -> Sequence[str]:
    """As `choose_days`, whatever they are. `known` is how reading went."""
    now = world.now()
    last = last or day_of(now - DAY)
    if first:
        return list_days(first, last)
    first = day_of(now - _FIRST_DAYS * DAY)
    if known.last_day:
        first = day_of(day_start(known.last_day) - _AGAIN_DAYS * DAY)
    return list_days(min(first, last), last)
