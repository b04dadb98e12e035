"""Surveys: what the lake is asked for a run, each question once, whoever needs its answer."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.parallel import at_once
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import AGENT, API_KEY, CUSTOMER, Dimension
from chalicelib.lake.gaps import note_gaps
from chalicelib.ports.engine import Result
from chalicelib.pricing.book import PriceSource
from chalicelib.recommendations.cells import (
    Cell,
    add_up,
    read_cells,
    read_sums,
    sum_cells,
    sum_slice,
)
from chalicelib.recommendations.facets import CELL_FACETS, COLUMNS, Facets
from chalicelib.recommendations.habits import (
    AgentLoop,
    Statement,
    WorkAnswers,
    WorkHours,
    WorkPrompts,
    ask_answers,
    ask_hours,
    ask_loops,
    ask_prompts,
    read_answers,
    read_hours,
    read_loops,
    read_prompts,
)
from chalicelib.recommendations.outside import HiddenBill, PaidSeats, read_bills, read_seats
from chalicelib.recommendations.segments import CallSegment
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.thresholds import Thresholds
from chalicelib.reports import facts
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, CHARGES, TOOL_CALLS, Term, sum_of
from chalicelib.reports.metrics import integer
from chalicelib.reports.rows import NOTHING, Rows
from chalicelib.reports.service import find_renames
from chalicelib.reports.statements import ask_events, ask_grouped

Value = TypeVar("Value")
TOKEN_COST, TOOL_COST = sum_of(CALLS, "cost_nano"), sum_of(TOOL_CALLS, "cost_nano")
REVENUE = sum_of(CHARGES, "usd_nano")
_MOST_LOSERS, _MOST_LOOPS = 20, 100
_PLAIN = Facets()


@dataclass(frozen=True, slots=True)
class Amount:
    """Money of one group, nano-USD: calls of models, calls of tools, revenue."""

    name: str
    id: str
    tokens: int
    tools: int
    revenue: int


@dataclass(slots=True)
class Survey:
    """The questions of one run, and what they were answered. What failed once fails for all who
    need it, without being asked again."""

    asker: Asker
    window: Window
    segment: CallSegment
    thresholds: Thresholds
    prices: PriceSource
    scanned: int = 0
    """Bytes."""
    _answers: dict[str, Any] = field(default_factory=dict)
    _failures: dict[str, MeterlakeError] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def prefetch(self, names: Iterable[str]) -> None:
        """Ask some of its questions at once, by the names of their methods: what takes long of each
        is waiting for Athena. Those that fail are remembered."""

        def ask(name: str) -> None:
            with suppress(MeterlakeError):
                getattr(self, name)()

        at_once(ask, names, few=2)
        note_gaps(self.asker.incomplete)  # threads of their own tell nobody

    @property
    def span(self) -> int:
        """How long its window is, in ms."""
        return self.window.end - self.window.start + 1

    def cells(self) -> Sequence[Cell]:
        """Its calls, dearest first. Raises EngineBusy, as all of them do."""
        return self._once("cells", lambda: read_cells(self.ask_calls(sum_cells(self.facets()))))

    def facets(self) -> Facets:
        """How its calls are told apart."""
        traces: dict[str, list[str]] = {}
        for loop in self.loops():
            traces.setdefault(loop.agent, []).append(loop.trace)
        return Facets([each.id for each in self.losers() if each.id], traces)

    def sum_slice(self, chosen: Slice) -> Cell:
        """The sums of a slice: of its cells where these tell it, else the lake is asked."""
        if self.tells(chosen):
            return add_up([cell for cell in self.cells() if chosen.holds(cell.facets)])
        return read_sums(self.ask_calls(sum_slice(_PLAIN, chosen)))

    def tells(self, chosen: Slice) -> bool:
        """Whether cells tell a slice: only some customers are told apart in them, and no products,
        credentials and traces."""
        customer = chosen.values.get("organizationId")
        known = customer is None or any(each.id == customer for each in self.losers())
        return known and set(chosen.values) <= set(CELL_FACETS)

    def loops(self) -> Sequence[AgentLoop]:
        """The dearest loops of agents."""
        asked = ask_loops(self.thresholds, _MOST_LOOPS)
        return self._once("loops", lambda: read_loops(self.ask_calls(asked)))

    def hours(self) -> Sequence[WorkHours]:
        """At which hours work that is not streamed is done."""
        return self._once("hours", lambda: read_hours(self.ask_calls(ask_hours(_PLAIN))))

    def prompts(self) -> Sequence[WorkPrompts]:
        """How large prompts are, and how often they come."""
        return self._once("prompts", lambda: read_prompts(self.ask_calls(ask_prompts(_PLAIN))))

    def answers(self) -> Sequence[WorkAnswers]:
        """Which answers were not read whole."""
        asked = ask_answers(_PLAIN, self.thresholds)
        return self._once("answers", lambda: read_answers(self.ask_calls(asked)))

    def customers(self) -> Sequence[Amount]:
        """What each customer cost and paid, in order of cost."""
        terms = (TOKEN_COST, TOOL_COST, REVENUE)
        return self._once("customers", lambda: self._ask_amounts(CUSTOMER, terms))

    def agents(self) -> Sequence[Amount]:
        """What each agent cost."""
        return self._once("agents", lambda: self._ask_amounts(AGENT, (TOKEN_COST, TOOL_COST)))

    def keys(self) -> Sequence[Amount]:
        """What the calls of each credential cost."""
        return self._once("keys", lambda: self._ask_amounts(API_KEY, (TOKEN_COST,)))

    def seats(self) -> Sequence[PaidSeats]:
        """The seats that are paid. They are the whole team's: a run of some calls has none."""
        if self.segment.filters or not self.segment.with_assistants:
            return ()
        days = self.thresholds.seat_days
        asker = self.asker
        return self._once("seats", lambda: read_seats(asker.world, asker.team, self.window, days))

    def bills(self) -> Sequence[HiddenBill]:
        """What providers billed and what was metered of it: of the whole team, too."""
        if self.segment.filters:
            return ()
        asker = self.asker
        return self._once("bills", lambda: read_bills(asker.world, asker.team, self.window))

    def excluded(self) -> int:
        """What calls cost, at list prices, that are left out because a flat plan covers them."""
        return self._once("excluded", self._ask_excluded)

    def _ask_excluded(self) -> int:
        counted = self.segment.question((), (TOKEN_COST,))
        total = 0
        for sign, question in ((1, replace(counted, assistants=None)), (-1, counted)):
            result = self._count(ask_grouped(self.asker, self.window, question))
            for group in Rows(result, 0) if result else NOTHING:
                total += sign * (integer(group.terms.get(TOKEN_COST.name)) or 0)
        return total

    def losers(self) -> Sequence[Amount]:
        """The customers that pay, and less than they cost, the greatest losses first."""
        losses = [each for each in self.customers() if 0 < each.revenue < each.tokens + each.tools]
        losses.sort(key=lambda each: each.revenue - each.tokens - each.tools)
        return losses[:_MOST_LOSERS]

    def ask_calls(self, statement: Statement) -> Result | None:
        """What a statement over the calls answers."""
        question = self.segment.question((), (facts.count_events(CALLS),))
        return self._count(ask_events(self.asker, [self.window], question, COLUMNS, statement))

    def _ask_amounts(self, by: Dimension, terms: tuple[Term, ...]) -> Sequence[Amount]:
        ids = facts.text(CALLS, by.ident) if by.ident else None
        asked = (*terms, ids) if ids else terms
        question = self.segment.question((by,), asked)
        renames = find_renames(self.asker.world, self.asker.team, [by.column])
        asking = replace(question, renames=renames)
        result = self._count(ask_grouped(self.asker, self.window, asking))
        rows = Rows(result, 1) if result else NOTHING
        found = [_amount(str(group.name), group.terms, ids) for group in rows]
        return sorted(found, key=lambda each: -each.tokens)

    def _count(self, result: Result | None) -> Result | None:
        with self._lock:
            self.scanned += result.bytes_scanned if result else 0
        return result

    def _once(self, name: str, ask: Callable[[], Value]) -> Value:
        if name in self._failures:
            raise self._failures[name]
        if name not in self._answers:
            try:
                self._answers[name] = ask()
            except MeterlakeError as failure:
                self._failures[name] = failure
                raise
        return cast("Value", self._answers[name])


def _amount(name: str, terms: Any, ids: Term | None) -> Amount:  # noqa: ANN401 - see Amounts
    def read(term: Term) -> int:
        return integer(terms.get(term.name)) or 0

    ident = str(terms.get(ids.name) or "") if ids else ""
    return Amount(name, ident, read(TOKEN_COST), read(TOOL_COST), read(REVENUE))
