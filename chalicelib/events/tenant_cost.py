"""What the completions of all teams of a tenant cost. As in all reports on money, calls of coding
assistants under a flat plan are in no figure, and are counted beside it.

What days look like is one document a team and month, which is read for each answer anyway, and
tells what a rolled day cost. Of other days files are read, one a team and day at least, which takes
a second for some hundred teams. So their sum is kept until something is written to them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from time import sleep

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.events.queries import COMPLETION, Plans, plan_completions, sum_completions
from chalicelib.events.schemas import UsageQuery
from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Invalid
from chalicelib.kit.memory import Memory
from chalicelib.kit.money import NANO
from chalicelib.kit.parallel import at_once
from chalicelib.lake.call_sums import NONE, CallSums, read_sums
from chalicelib.lake.damage import run
from chalicelib.lake.days import DayState, read_believed_states
from chalicelib.lake.gaps import note_gaps
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.documents import Documents
from chalicelib.ports.engine import DamagedFiles, EngineBusy, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import PAUSES_S, are_steady
from chalicelib.reports.facts import CALLS
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Segment
from chalicelib.reports.service import Answer, Coverage
from chalicelib.resources.listing import read_all

_TEAMS_AT_ONCE = 250
"""Teams that one statement sums up."""
_SEGMENTS_AT_ONCE = 1_000
"""Runs of days that it names: Athena takes 256 KB of text."""
_FIRST_DAY = "2020-01-01"
"""No call is believed to be older."""
Span = tuple[str, str]
"""The first and the last day, YYYY-MM-DD."""
States = Mapping[str, DayState]
Mark = tuple[tuple[str, int, int, int], ...]
"""Of each day: its name, and the counts of which one grows with every change of its files."""
Sums = Mapping[str | None, CallSums]
"""Of completions, by the coding assistant that made them; None: no such one."""
_sums: Memory[tuple[Documents, Scope, Mark], Sums] = Memory(10_000)


@dataclass(frozen=True, slots=True)
class _Portion:
    """What the states of a team's days tell: the sums of those that they know them of, and the days
    whose files are to be read."""

    told: Sums
    rest: States

    @classmethod
    def of(cls, states: States) -> "_Portion":
        told: dict[str | None, CallSums] = {}
        rest = {}
        for day, state in states.items():
            if state.is_rolled and state.sums is not None:
                _add(told, dict(read_sums(state.sums, COMPLETION)))
            elif state.written:
                rest[day] = state
        return cls(told, rest)

    @property
    def mark(self) -> Mark:
        """The same as long as nothing is written to the days that are to be read."""
        return tuple(
            (day, state.written, state.compacted, state.swaps) for day, state in self.rest.items()
        )

    @property
    def is_written_to(self) -> bool:
        """Whether files may appear of which the mark knows already."""
        return any(state.writers for state in self.rest.values())


def total_cost(world: World, principal: Principal, query: UsageQuery) -> Answer:
    """What the completions of all teams of a tenant cost, in USD, as a text; unpriced ones count
    for nothing, and are told beside it.

    Raises Invalid, EngineBusy.
    """
    now = world.now()
    first, last = _span_of(query, date.fromisoformat(day_of(now)))
    days = list_days(max(first, _FIRST_DAY), min(last, day_of(now + DAY)))
    teams = [Scope(record.id) for record in read_all(world, principal.tenant, TEAM)]
    whole, left_out = NONE, dict[str, int]()
    for team, sums in (_add_up(world, teams, days) if days else {}).items():
        billed = find_billed_assistants(world.documents, team) if any(sums) else ()
        for assistant, some in sums.items():
            if assistant is None or assistant in billed:
                whole += some
            else:
                left_out[assistant] = left_out.get(assistant, 0) + some.calls
    return Answer(
        format((Decimal(whole.nano) / NANO).normalize(), "f"),
        {CALLS.noun: Coverage(whole.calls - whole.priced, whole.calls)},
        left_out=dict(sorted(left_out.items())),
    )


def _span_of(query: UsageQuery, today: date) -> Span:
    """The days that are asked for; the current month without any. Raises Invalid."""
    last = query.endDate or max(today, query.startDate or today)
    first = query.startDate or last.replace(day=1)
    if first > last:
        raise Invalid("startDate must not be after endDate", field="startDate")
    return str(first), str(last)


def _add_up(world: World, teams: Sequence[Scope], days: Sequence[str]) -> Mapping[Scope, Sums]:
    """The sums of the completions of teams; teams whose files were replaced meanwhile are asked
    again. Raises EngineBusy when they never hold still."""
    done: dict[Scope, Sums] = {}
    waiting = _read_states(world, dict.fromkeys(teams, days))
    for pause_s in (*PAUSES_S, 0.0):
        portions = {team: _Portion.of(states) for team, states in waiting.items()}
        known = {
            team: sums
            for team, portion in portions.items()
            if (sums := _recall(world, team, portion)) is not None
        }
        done |= known
        others = {team: each for team, each in portions.items() if team not in known}
        found = _sum_costs(world, others, days)
        after = _read_states(world, {team: list(each.rest) for team, each in others.items()})
        moved: dict[Scope, Sequence[str]] = {}
        for team, portion in others.items():
            if are_steady(portion.rest, after[team]):
                done[team] = _join(portion.told, found.get(team, {}))
                _keep(world, team, portion, _Portion.of(after[team]), found.get(team, {}))
            else:
                moved[team] = days
        note_gaps(_find_gaps([*waiting.values(), *after.values()]))
        if not moved:
            return done
        sleep(pause_s)
        waiting = _read_states(world, moved)
    raise EngineBusy("the lake is being rewritten: try again")


def _add(sums: dict[str | None, CallSums], others: Sums) -> None:
    for assistant, some in others.items():
        sums[assistant] = sums.get(assistant, NONE) + some


def _join(one: Sums, other: Sums) -> Sums:
    sums = dict(one)
    _add(sums, other)
    return sums


def _recall(world: World, team: Scope, portion: _Portion) -> Sums | None:
    """The sums of a team's completions, where no file need be read to know them."""
    read = _sums.peek((world.documents, team, portion.mark), world.now()) if portion.rest else {}
    return None if read is None else _join(portion.told, read)


def _keep(world: World, team: Scope, before: _Portion, after: _Portion, read: Sums) -> None:
    """Keep what the files of a team's days told, unless these have changed."""
    if before.mark == after.mark and not after.is_written_to:
        _sums.keep((world.documents, team, after.mark), read, world.now() + DAY)


def _read_states(world: World, days: Mapping[Scope, Sequence[str]]) -> dict[Scope, States]:
    """The states of some days of each team."""

    def read(team: Scope) -> States:
        return read_believed_states(world, team, AI_EVENTS.name, days[team])

    return dict(zip(days, at_once(read, days), strict=True))


def _find_gaps(states_of_teams: Iterable[States]) -> Iterator[str]:
    """The days on which something of a team is missing."""
    for states in states_of_teams:
        yield from (day for day, state in states.items() if state.lost)


def _sum_costs(
    world: World, portions: Mapping[Scope, _Portion], days: Sequence[str]
) -> dict[Scope, dict[str | None, CallSums]]:
    """The sums of the completions in the files of teams, where there are any. Raises EngineBusy."""
    plans = {team: plan_completions(days, portion.rest) for team, portion in portions.items()}
    found: dict[Scope, dict[str | None, CallSums]] = {}
    for some in _in_batches(plans):
        try:
            team = next(iter(some))
            rows = world.engine.run(team, sum_completions(some)).rows
        except DamagedFiles:  # whose they are is told when each team is asked by itself
            rows = [row for each in some for row in _sum_one(world, each, some)]
        for owner, assistant, *numbers in rows:
            sums = CallSums(*(integer(each) or 0 for each in numbers))
            found.setdefault(Scope(str(owner)), {})[str(assistant) if assistant else None] = sums
    return found


def _in_batches(plans: Plans) -> Iterator[Plans]:
    """As many teams at once as one statement takes."""
    batch: dict[Scope, Sequence[Segment]] = {}
    segments = 0
    for team, plan in plans.items():
        segments += len(plan)
        if batch and (len(batch) == _TEAMS_AT_ONCE or segments > _SEGMENTS_AT_ONCE):
            yield batch
            batch, segments = {}, len(plan)
        batch[team] = plan
    if batch:
        yield batch


def _sum_one(world: World, team: Scope, plans: Plans) -> Sequence[tuple[Value, ...]]:
    return run(world, team, sum_completions({team: plans[team]})).rows
