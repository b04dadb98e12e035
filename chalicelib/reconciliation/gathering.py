"""Gathering: metered and billed figures of a period, cell by cell."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.days import list_days
from chalicelib.kit.money import divide
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.dimensions import MODEL, PROVIDER
from chalicelib.lake.sql import Sql, bind_list
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.overlap import has_reads_inside
from chalicelib.providers.billed import Billed, BilledQuestion, ask
from chalicelib.providers.folding import billing_provider, list_vendor, model_name
from chalicelib.providers.lookup import connections_of, progress_of
from chalicelib.providers.periods import Period
from chalicelib.providers.vocabulary import TokenKind
from chalicelib.reconciliation.cells import (
    BilledCell,
    CellKey,
    Label,
    MeteredCell,
    TierClass,
    TokenClass,
)
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, UNPRICED_TOKENS, Term, count_priced, count_rows, sum_of
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Condition, Question
from chalicelib.reports.rows import Group
from chalicelib.reports.service import ask_rows, count_left_out

_CALLS, _PRICED, _COST = count_rows(CALLS), count_priced(CALLS), sum_of(CALLS, "cost_nano")
_TOKENS = {
    TokenClass.INPUT: sum_of(CALLS, "input_tokens"),
    TokenClass.OUTPUT: sum_of(CALLS, "output_tokens"),
    TokenClass.CACHE_READ: sum_of(CALLS, "cache_read_tokens"),
    TokenClass.CACHE_CREATION: sum_of(CALLS, "cache_creation_tokens"),
}
_TERMS = (_CALLS, _PRICED, _COST, UNPRICED_TOKENS, *_TOKENS.values())
_CLASS_OF = {
    TokenKind.INPUT: TokenClass.INPUT,
    TokenKind.OUTPUT: TokenClass.OUTPUT,
    TokenKind.CACHE_READ: TokenClass.CACHE_READ,
    TokenKind.CACHE_CREATION: TokenClass.CACHE_CREATION,
    TokenKind.CACHE_CREATION_5M: TokenClass.CACHE_CREATION,
    TokenKind.CACHE_CREATION_1H: TokenClass.CACHE_CREATION,
}
_BY = ("provider", "day", "model", "service_tier", "token_kind", "cost_type", "connection_id")


@dataclass(slots=True)
class Metered:
    """What was metered, by cell; `left_out` are the calls of coding assistants that a flat plan
    covers, by assistant: they are on no bill. `incomplete` days (YYYY-MM-DD) miss something.
    `labels` are the providers and models of a cell's calls as clients wrote them."""

    cells: dict[CellKey, MeteredCell] = field(default_factory=dict)
    labels: Mapping[CellKey, Set[Label]] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()

    def models_of(self, key: CellKey) -> Set[str]:
        """The models of a cell's calls, as clients wrote them."""
        return {label.model for label in self.labels.get(key, ())}


def window_of(period: Period) -> Window:
    """The instants of a period."""
    return Window(day_start(period.first), day_start(period.last) + DAY - 1)


def gather_metered(world: World, team: Scope, period: Period) -> Metered:
    """What was metered of each model that somebody bills, by UTC day. Raises EngineBusy."""
    asker = Asker.of(world, team)
    question = Question(
        by=(PROVIDER, MODEL),
        terms=_TERMS,
        interval=Interval.DAY,
        assistants=find_billed_assistants(world.documents, team),
    )
    window = window_of(period)
    cells: defaultdict[CellKey, MeteredCell] = defaultdict(MeteredCell)
    labels: defaultdict[CellKey, set[Label]] = defaultdict(set)
    unpriced: defaultdict[CellKey, int] = defaultdict(int)
    for row in ask_rows(asker, window, question):
        label = Label(*(str(name or "") for name in row.names))
        key = key_of(label, day_of(row.bucket))
        labels[key].add(label)
        sums = _read_sums(row, _TERMS)
        cell = cells[key]
        cell.calls += sums[_CALLS]
        cell.priced += sums[_PRICED]
        cell.nano += sums[_COST]
        unpriced[key] += sums[UNPRICED_TOKENS]
        _add_kinds(key, cell.tokens, sums)
    left_out = count_left_out(asker, window, question)
    _tell_unpriced(asker, window, question, cells)
    _share_unpriced(cells, unpriced)
    return Metered(dict(cells), dict(labels), left_out, frozenset(asker.incomplete))


def _add_kinds(
    key: CellKey, tokens: defaultdict[TokenClass, int], sums: Mapping[Term, int]
) -> None:
    for token, term in _TOKENS.items():
        tokens[token] += sums[term]
    take_reads_out(key, tokens, sums[_TOKENS[TokenClass.CACHE_READ]])


def _tell_unpriced(
    asker: Asker, window: Window, question: Question, cells: Mapping[CellKey, MeteredCell]
) -> None:
    """Tell of each cell the tokens of its calls without a known cost, by their kind. Where only
    some calls have none, their events are asked: no rollup tells. Raises EngineBusy."""
    mixed: set[str] = set()
    for key, cell in cells.items():
        if not cell.priced:
            cell.unpriced = defaultdict(int, cell.tokens)
        elif cell.priced < cell.calls:
            mixed.add(key.day)
    if not mixed:
        return
    unpriced = replace(
        question,
        terms=tuple(_TOKENS.values()),
        conditions=(Condition(("cost_nano", "day"), _without_cost(mixed)),),
    )
    first, last = (day_start(day) for day in (min(mixed), max(mixed)))
    for row in ask_rows(asker, Window(max(window.start, first), last + DAY - 1), unpriced):
        key = key_of(Label(*(str(name or "") for name in row.names)), day_of(row.bucket))
        if key in cells and cells[key].priced:
            _add_kinds(key, cells[key].unpriced, _read_sums(row, _TOKENS.values()))


def _share_unpriced(cells: Mapping[CellKey, MeteredCell], unpriced: Mapping[CellKey, int]) -> None:
    """Of cells whose events are gone only the number of those tokens is known: they are taken to be
    of all kinds alike. Their days are told to be incomplete."""
    for key, count in unpriced.items():
        cell, whole = cells[key], sum(cells[key].tokens.values())
        if count and whole and not any(cell.unpriced.values()):
            for token, number in cell.tokens.items():
                cell.unpriced[token] = divide(number * min(count, whole), whole)


def _without_cost(days: Set[str]) -> Sql:
    return Sql("cost_nano is null and day in ") + bind_list(sorted(days))


def _read_sums(row: Group, terms: Iterable[Term]) -> dict[Term, int]:
    return {term: integer(row.terms.get(term.name)) or 0 for term in terms}


def key_of(label: Label, day: str) -> CellKey:
    """The cell that calls of a day (YYYY-MM-DD) under a label count in."""
    provider = billing_provider(label.provider)
    return CellKey(provider, day, model_name(provider, label.model))


def take_reads_out(key: CellKey, tokens: defaultdict[TokenClass, int], reads: int) -> None:
    """Take tokens that a cache told out of the input, where the ledger counts them as input too:
    here kinds stand beside one another."""
    if has_reads_inside(list_vendor(key.provider), key.model):
        tokens[TokenClass.INPUT] -= reads


@dataclass(slots=True)
class Bills:
    """What was billed, by cell. `shared`: by provider, the days (YYYY-MM-DD) that two sources bill:
    two accounts, or one account twice, which nobody here can tell."""

    cells: dict[CellKey, BilledCell] = field(default_factory=dict)
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)


def gather_billed(world: World, team: Scope, period: Period) -> Bills:
    """What was billed. Raises TooManyRows, EngineBusy."""
    cells: defaultdict[CellKey, BilledCell] = defaultdict(BilledCell)
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for sums in ask(world, team, BilledQuestion(period, _BY, {})):
        provider, day, model, *_, source = sums.names
        _add_lines(cells[CellKey(provider, day, model_name(provider, model))], sums)
        amounts[provider, day, source] += sums.usd_nano or 0
    sources = Counter((provider, day) for (provider, day, _), nano in amounts.items() if nano)
    shared: defaultdict[str, list[str]] = defaultdict(list)
    for (provider, day), number in sorted(sources.items()):
        if number > 1:
            shared[provider].append(day)
    return Bills(dict(cells), dict(shared))


def _add_lines(cell: BilledCell, sums: Billed) -> None:
    """Add lines of one tier and kind."""
    _, _, _, tier, kind, cost_type, _ = sums.names
    tier = tier.lower()
    cell.unrated += sums.unrated
    if sums.requests is not None:
        cell.requests = (cell.requests or 0) + sums.requests
    _add_tokens(cell, tier, sums)
    if sums.usd_nano is None:
        return
    listed = sums.usd_nano if sums.list_nano is None else sums.list_nano
    cell.nano += sums.usd_nano
    cell.credits += sums.credits_nano or 0
    cell.discount += sums.usd_nano - listed
    token = _CLASS_OF.get(TokenKind(kind)) if kind else None
    if token:
        cell.listed[TierClass(tier, token)] += listed
    elif sums.tokens:
        cell.mixed += listed
    elif cost_type not in ("tokens", ""):
        cell.fees[cost_type] += listed
    # What is for tokens and tells neither kind nor number stays unexplained.


def _add_tokens(cell: BilledCell, tier: str, sums: Billed) -> None:
    counts = {
        TokenClass.INPUT: sums.input_tokens,
        TokenClass.OUTPUT: sums.output_tokens,
        TokenClass.CACHE_READ: sums.cache_read_tokens,
        TokenClass.CACHE_CREATION: sums.cache_creation_tokens,
    }
    for token, count in counts.items():
        if count:
            cell.tokens[TierClass(tier, token)] += count


def days_read(
    world: World, tenant: Scope, team: Scope, billed: Mapping[CellKey, BilledCell]
) -> dict[str, set[str]]:
    """By provider, the days (YYYY-MM-DD) whose bill is known: those that its connections have read,
    and those that have lines, as imported ones do."""
    days: defaultdict[str, set[str]] = defaultdict(set)
    for connection in connections_of(world, tenant, team):
        progress = progress_of(world, team, connection.id)
        for first, last in progress.ranges:
            days[connection.provider].update(list_days(first, last))
    for key in billed:
        days[key.provider].add(key.day)
    return dict(days)
