"""What the completions of all teams of a tenant cost.

To add them up, a file a team and day is opened, which takes a second for some hundred teams. So a
team's sum is kept until something is written to its days. What days look like is one document a
team and month, which is read for each answer anyway.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from chalicelib.events.queries import sum_completions
from chalicelib.events.schemas import TotalCost, UsageQuery
from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Invalid
from chalicelib.kit.memory import Memory
from chalicelib.kit.money import NANO
from chalicelib.kit.parallel import at_once
from chalicelib.lake.damage import run
from chalicelib.lake.days import DayState, read_states
from chalicelib.lake.gaps import note_gaps
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.documents import Documents
from chalicelib.ports.engine import DamagedFiles, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all

_TEAMS_AT_ONCE = 250
"""Teams that one statement sums up."""
_FIRST_DAY = "2020-01-01"
"""No call is believed to be older."""
Span = tuple[str, str]
"""The first and the last day, YYYY-MM-DD."""
States = Mapping[str, DayState]
Mark = tuple[tuple[str, int, int, int], ...]
"""Of each day that holds anything: the day, and the counts of which one grows with every change of
its files."""
_sums: Memory[tuple[Documents, Scope, Span, Mark], int] = Memory(10_000)


def total_cost(world: World, principal: Principal, query: UsageQuery) -> TotalCost:
    """What the completions of all teams of a tenant cost, in USD; unpriced ones count for nothing.

    Raises Invalid, EngineBusy.
    """
    now = world.now()
    span = _span_of(query, date.fromisoformat(day_of(now)))
    days = list_days(max(span[0], _FIRST_DAY), min(span[1], day_of(now + DAY)))
    teams = [Scope(record.id) for record in read_all(world, principal.tenant, TEAM)]
    before = _read_states(world, teams, days)
    known = {
        team: cost
        for team, states in before.items()
        if (cost := _sums.peek((world.documents, team, span, _mark(states)), now)) is not None
    }
    others = [team for team in teams if team not in known]
    found = _sum_costs(world, others, span)
    after = _read_states(world, others, days)  # files may have turned out to be damaged
    for team, states in after.items():
        if _mark(states) == _mark(before[team]) and not _is_written_to(states):
            key = (world.documents, team, span, _mark(states))
            _sums.keep(key, found.get(team, 0), now + DAY)
    note_gaps(_find_gaps({**before, **after}))
    nano = sum(known.values()) + sum(found.values())
    return TotalCost(format((Decimal(nano) / NANO).normalize(), "f"))


def _span_of(query: UsageQuery, today: date) -> Span:
    """The days that are asked for; the current month without any. Raises Invalid."""
    last = query.endDate or max(today, query.startDate or today)
    first = query.startDate or last.replace(day=1)
    if first > last:
        raise Invalid("startDate must not be after endDate", field="startDate")
    return str(first), str(last)


def _read_states(world: World, teams: Sequence[Scope], days: Sequence[str]) -> dict[Scope, States]:
    found = at_once(lambda team: read_states(world, team, AI_EVENTS.name, days), teams)
    return dict(zip(teams, found, strict=True))


def _mark(states: States) -> Mark:
    return tuple(
        (day, state.written, state.compacted, state.swaps)
        for day, state in states.items()
        if state.written or state.swaps
    )


def _is_written_to(states: States) -> bool:
    """Whether files may appear of which the mark knows already."""
    return any(state.writers for state in states.values())


def _find_gaps(states_by_team: Mapping[Scope, States]) -> Iterator[str]:
    """The days on which something of a team is missing."""
    for states in states_by_team.values():
        yield from (day for day, state in states.items() if state.lost)


def _sum_costs(world: World, teams: Sequence[Scope], span: Span) -> dict[Scope, int]:
    """The cost of the completions of teams that have any, in nano-USD. Raises EngineBusy."""
    found: dict[Scope, int] = {}
    for start in range(0, len(teams), _TEAMS_AT_ONCE):
        team, *others = teams[start : start + _TEAMS_AT_ONCE]
        try:
            rows = world.engine.run(team, sum_completions((team, *others), *span)).rows
        except DamagedFiles:  # whose they are is told when each team is asked by itself
            rows = [row for each in (team, *others) for row in _sum_one(world, each, span)]
        found |= {Scope(str(row[0])): int(str(row[1] or 0)) for row in rows}
    return found


def _sum_one(world: World, team: Scope, span: Span) -> Sequence[tuple[Value, ...]]:
    return run(world, team, sum_completions([team], *span)).rows
