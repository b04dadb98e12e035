"""Duplicates: calls that look like one call that was metered twice.

An event is known by its transaction id, so that one call which comes by two ids (a client's own and
that of its instrumentation, say) is two events. They look alike: the same provider, model and
tokens of every kind, at the same moment. All but the first of such a row of calls may be
duplicates. Two equal prompts at one moment look the same, and nobody here can tell: only where the
provider bills less than was metered is anybody looked for, and the bill says how many count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import day_start
from chalicelib.kit.windows import whole_days_of
from chalicelib.lake.dimensions import MODEL, PROVIDER
from chalicelib.lake.sql import Sql, bind_list, join_sql, select_from
from chalicelib.ports.engine import Result, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reconciliation.cells import CellKey, Doubled, Label, Pair, TokenClass
from chalicelib.reconciliation.gathering import key_of, take_reads_out
from chalicelib.reports.asking import Asker
from chalicelib.reports.builder import rename
from chalicelib.reports.facts import CALLS, count_events
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Condition, Question
from chalicelib.reports.statements import ask_events

TOLERANCE_MS = 1_000
"""Between two calls that look like one: two clocks of one client, or two ends of one request."""
MOST_PAIRS = 5
"""Calls of a cell that are named by their ids."""
_MOST_DAYS = 1_000
"""Days by model that a statement is narrowed to; with more of them it ranks all of its days."""
_MOST_NAMES = 500
"""The same of providers and of models."""
_COUNTS = {
    TokenClass.INPUT: "input_tokens",
    TokenClass.OUTPUT: "output_tokens",
    TokenClass.CACHE_READ: "cache_read_tokens",
    TokenClass.CACHE_CREATION: "cache_creation_tokens",
}
_TOKENS = tuple(_COUNTS.values())
_READS = list(_COUNTS).index(TokenClass.CACHE_READ)
_READ = ("day", "provider", "model", "event_id", "requested_at", "channel", "cost_nano")
_PAIR = ("day", "provider", "model", "event_id", "event_id_before", "crossed")
_CELL = "day, provider, model"


@dataclass(frozen=True, slots=True)
class Doubles:
    """What looks metered twice, by cell. Of `incomplete` days (YYYY-MM-DD) the lake does not hold
    all calls, so that nobody knows."""

    cells: Mapping[CellKey, Doubled] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()


def find_doubles(
    world: World, team: Scope, labels: Mapping[CellKey, Set[Label]], keys: Sequence[CellKey]
) -> Doubles:
    """The calls of some cells that look metered twice, in one statement. `labels` are those that
    the calls of each cell have. Raises EngineBusy."""
    written = [label for key in keys for label in labels.get(key, ())]
    if not written:
        return Doubles()
    asker = Asker.of(world, team)
    narrowed = _narrow(labels, keys)
    question = Question(
        by=(),
        terms=(count_events(CALLS),),
        filters={} if narrowed else _filter(written),
        assistants=find_billed_assistants(world.documents, team),
        conditions=narrowed,
    )
    folded = _fold(written)

    def wrap(events: Sql) -> Sql:
        return _select_doubles(events, folded)

    starts = {day_start(key.day) for key in keys}
    windows = whole_days_of((start, start) for start in starts)
    result = ask_events(asker, windows, question, (*_READ, *_TOKENS), wrap)
    return Doubles(_read(result, set(keys)), frozenset(asker.incomplete))


def _filter(written: Sequence[Label]) -> dict[str, Sequence[str]]:
    """The providers and models that any of the cells has."""
    names = {
        PROVIDER.column: {label.provider for label in written},
        MODEL.column: {label.model for label in written},
    }
    return {column: sorted(some) for column, some in names.items() if len(some) <= _MOST_NAMES}


def _narrow(labels: Mapping[CellKey, Set[Label]], keys: Sequence[CellKey]) -> tuple[Condition, ...]:
    """What narrows the calls to those of some cells, as far as a statement can hold it: to rank
    calls is dear, to leave them out is cheap. One `case` is, many `or` are not."""
    days: defaultdict[str, set[str]] = defaultdict(set)
    for key in keys:
        for label in labels.get(key, ()):
            days[label.model].add(key.day)
    if sum(map(len, days.values())) > _MOST_DAYS:
        return ()
    cases = Sql("case")
    for model, some in sorted(days.items()):
        named = Sql(" when model = ?", (model,))
        cases += Sql(" when model is null") if model == MODEL.absent else named
        cases += Sql(" then day in ") + bind_list(sorted(some))
    return (Condition(("model", "day"), cases + Sql(" else 1 = 0 end")),)


@dataclass(frozen=True, slots=True)
class _Folded:
    """What providers and models are called by, where one has several spellings."""

    providers: Mapping[str, str]
    models: Mapping[str, str]


def _fold(labels: Iterable[Label]) -> _Folded:
    """The common names of providers and models that clients write in several ways, by each of them
    in lower case."""
    providers: defaultdict[str, set[str]] = defaultdict(set)
    models: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for label in labels:
        key = key_of(label, "")
        providers[key.provider].add(label.provider)
        models[key.provider, key.model].add(label.model)
    named = [(model, spellings) for (_, model), spellings in sorted(models.items())]
    return _Folded(_name_alike(sorted(providers.items())), _name_alike(named))


def _name_alike(named: Iterable[tuple[str, Set[str]]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, spellings in named:
        if len(spellings) > 1:
            names |= {each.lower(): name for each in spellings}
    return names


def _select_doubles(events: Sql, folded: _Folded) -> Sql:
    """The statement: the first few doubled calls of each day and label, each beside the sums of all
    of them; those that came by another channel first."""
    summed = [
        "count(*)",
        "count(cost_nano)",
        "sum(crossed)",
        "sum(cost_nano)",
        *(f"sum({name})" for name in _TOKENS),
    ]
    sums = [
        f"cast({each} over (partition by {_CELL}) as bigint) as sum{number}"
        for number, each in enumerate(summed)
    ]
    order = "order by crossed desc, requested_at, event_id"
    place = f"row_number() over (partition by {_CELL} {order})"
    inner = select_from((*_PAIR, f"{place} as place", *sums), _select_repeats(events, folded))
    told = [*_PAIR, "place", *(f"sum{number}" for number in range(len(summed)))]
    return select_from(told, Sql("(") + inner + Sql(f") where place <= {MOST_PAIRS}"))


def _select_repeats(events: Sql, folded: _Folded) -> Sql:
    """The calls that come no later after one that looks the same than two ends of a request."""
    counts = [f"coalesce({name}, 0) as {name}" for name in _TOKENS]
    alike = (_rename("provider", folded.providers), _rename("model", folded.models))
    calls = Sql("select ") + join_sql(", ", [Sql(", ".join([*_READ, *counts])), *alike])
    some = " + ".join(f"coalesce({name}, 0)" for name in _TOKENS)
    calls += Sql(" from ") + events + Sql(f" where {some} > 0")
    order = "order by requested_at, event_id"
    over = f"over (partition by day, alike_provider, alike_model, {', '.join(_TOKENS)} {order})"
    before = [f"lag({name}) {over} as {name}_before" for name in ("event_id", "requested_at")]
    channel = f"case when channel = lag(channel) {over} then 0 else 1 end as crossed"
    rows = select_from((*_READ, *_TOKENS, *before, channel), Sql("(") + calls + Sql(")"))
    gap = "date_diff('millisecond', requested_at_before, requested_at)"
    return Sql("(") + rows + Sql(f") where {gap} <= {TOLERANCE_MS}")


def _rename(name: str, spellings: Mapping[str, str]) -> Sql:
    value = rename(name, spellings) if spellings else Sql(name)
    return value + Sql(f" as alike_{name}")


def _read(result: Result | None, keys: Set[CellKey]) -> dict[CellKey, Doubled]:
    """What the statement tells of some cells. Spellings of one model stand in one cell."""
    cells: defaultdict[CellKey, Doubled] = defaultdict(Doubled)
    seen: set[tuple[Value, ...]] = set()
    rows = sorted(result.rows if result else (), key=_urgency)
    for day, provider, model, call, like, _, _, *sums in rows:
        label = Label(str(provider or PROVIDER.absent), str(model or MODEL.absent))
        key = key_of(label, str(day))
        if key not in keys:
            continue
        cell = cells[key]
        if len(cell.pairs) < MOST_PAIRS:
            cell.pairs.append(Pair(str(call), str(like)))
        if (day, provider, model) not in seen:
            seen.add((day, provider, model))
            _add(key, cell, [integer(each) or 0 for each in sums])
    return dict(cells)


def _urgency(row: Sequence[Value]) -> tuple[int, int]:
    """By which rows are ordered: those that came by another channel first."""
    crossed, place = (integer(each) or 0 for each in row[len(_PAIR) - 1 :][:2])
    return -crossed, place


def _add(key: CellKey, cell: Doubled, sums: Sequence[int]) -> None:
    calls, priced, crossed, nano, *counts = sums
    cell.calls += calls
    cell.priced += priced
    cell.crossed += crossed
    cell.nano += nano
    for token, count in zip(_COUNTS, counts, strict=True):
        cell.tokens[token] += count
    take_reads_out(key, cell.tokens, counts[_READS])
