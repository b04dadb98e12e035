"""Reading a page of a list: how many events there are a day, which of them stand on the page, and
then the events themselves.

    counts by day    rollups where these can tell, else a scan of the columns that are asked about
    ids of the page  from the one or few days that it lies in, the newest first
    the events       from the ledger, by id; what it has forgotten from the lake

So the first page costs the same whether a team has a month of calls or years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.events.filters import Renames
from chalicelib.events.ledger import EventKey, look_up, read_events
from chalicelib.events.listing import Listing
from chalicelib.events.values import Event
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.ids import event_id
from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.extent import first_kept_day
from chalicelib.lake.newest import scan_of
from chalicelib.lake.sql import Sql, bind_list
from chalicelib.lake.vanishing import StatesByTable
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.builder import select_events
from chalicelib.reports.facts import count_events, count_rows
from chalicelib.reports.planner import Condition, Question, plan
from chalicelib.reports.service import ask_rows, count_left_out, find_renames
from chalicelib.resources.hal import SortOrder, sort_rows

NEWEST_FIRST: SortOrder = ("requested_at", True)
_MOST_MATCHES = 1_000
"""Events of the lake with one of some transaction ids."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events of a listing are asked for, from `start` to `end` (UTC epoch ms, both inclusive;
    None: without that end).

    `asked` are its filters, by parameter; `search` is looked for in several columns. `order` names
    columns; `transactions`, when there are any, are the only ids that count. `with_assistants`:
    calls under a flat plan too.
    """

    listing: Listing
    asked: Mapping[str, Any]
    start: int | None = None
    end: int | None = None
    search: str = ""
    order: Sequence[SortOrder] = (NEWEST_FIRST,)
    transactions: frozenset[str] = frozenset()
    with_assistants: bool = False


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """The events of one page, and how many there are in all. `from_lake`: they were looked for in
    the lake. `incomplete` are days (YYYY-MM-DD) of which the lake misses something, `left_out` the
    calls under a flat plan, by assistant, that stand in no page."""

    events: Sequence[Event]
    total: int
    from_lake: bool = True
    incomplete: Sequence[str] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def find_events(world: World, team: Scope, selection: Selection, page: PageRequest) -> FoundEvents:
    """A page of a list. Raises EngineBusy."""
    return _Search(world, team, selection).find(page)


@dataclass(frozen=True)
class _Search:
    """Looks for the events of one selection."""

    world: World
    team: Scope
    selection: Selection

    def find(self, page: PageRequest) -> FoundEvents:
        """See `find_events`."""
        if self.selection.transactions and not self.selection.search:
            return self._find_by_transaction(page)
        window = self._window()
        if window is None:
            return FoundEvents((), 0)
        asker = Asker.of(self.world, self.team)
        question, counts = self._count_days(asker, window)
        total = sum(counts.values())
        events: Sequence[Event] = ()
        if page.number * page.size < total:  # past the end there is nothing to look for
            keys = self._find_keys(asker, window, question, counts, page)
            events = read_events(asker, self.selection.listing.fact, keys)
        left_out: Mapping[str, int] = {}
        if question.assistants is not None:
            left_out = count_left_out(asker, window, question)
        incomplete = sorted(asker.incomplete)
        return FoundEvents(events, total, incomplete=incomplete, left_out=left_out)

    def _window(self) -> Window | None:
        """From the first day that holds anything, unless the selection says otherwise; None when
        nothing can be in it."""
        table = self.selection.listing.fact.table.name
        asked = self.selection.start
        since = "" if asked is None else day_of(asked)
        kept = first_kept_day(self.world, self.team, table, since)
        if kept is None:
            return None
        first = day_start(kept)
        last = self.world.now() + 2 * DAY  # clocks of clients run ahead by a day at most
        start, end = self.selection.start, self.selection.end
        start = first if start is None else max(start, first)
        end = last if end is None else min(end, last)
        return Window(start, end) if start <= end else None

    def _question(self) -> Question:
        """What counts the events."""
        selection = self.selection
        listing = selection.listing
        filters: dict[str, Sequence[str]] = dict(listing.kind_filter)
        conditions: list[Condition] = []
        for each in listing.filters:
            asked = selection.asked.get(each.parameter)
            if asked is None:
                continue
            if each.named_column:
                filters[each.named_column] = [asked]
            else:
                conditions.append(each.condition(asked))
        if selection.transactions:
            among = Sql("transaction_id in ") + bind_list(sorted(selection.transactions))
            conditions.append(Condition(("transaction_id",), among))
        return Question(
            by=(),
            terms=(count_rows(listing.fact),),
            interval=Interval.DAY,
            filters=filters,
            assistants=self._assistants(),
            renames=find_renames(self.world, self.team, filters),
            conditions=tuple(conditions),
        )

    def _assistants(self) -> Sequence[str] | None:
        """The coding assistants whose calls count; None: all calls do."""
        if self.selection.with_assistants or not self.selection.listing.heeds_assistants:
            return None
        return find_billed_assistants(self.world.documents, self.team)

    def _count_days(self, asker: Asker, window: Window) -> tuple[Question, Mapping[str, int]]:
        """The question, and its events by day, the newest first. A search looks for whole ids, and
        for parts of texts only when nothing has one."""
        question = self._question()
        if not self.selection.search:
            return question, self._ask_counts(asker, window, question)
        listing, text = self.selection.listing, self.selection.search
        counts: Mapping[str, int] = {}
        narrowed = question
        for condition in (
            _match_any(listing.exact, "{} = ?", text),
            _match_any(listing.searched, "strpos(lower({}), ?) > 0", text.lower()),
        ):
            narrowed = replace(question, conditions=(*question.conditions, condition))
            counts = self._ask_counts(asker, window, narrowed)
            if counts:
                break
        return narrowed, counts

    def _ask_counts(self, asker: Asker, window: Window, question: Question) -> Mapping[str, int]:
        rows = ask_rows(asker, window, question)
        counts: dict[str, int] = {}
        pairs = zip(rows.buckets, rows.amounts(question.terms[0]), strict=True)
        for bucket, number in sorted(pairs, reverse=True):
            if number:
                counts[day_of(bucket)] = number
        return counts

    def _find_keys(
        self,
        asker: Asker,
        window: Window,
        question: Question,
        counts: Mapping[str, int],
        page: PageRequest,
    ) -> list[EventKey]:
        """The keys of the page, in order."""
        if not counts:
            return []
        order = list(self.selection.order)
        days, skip = list(counts), page.number * page.size
        if order == [NEWEST_FIRST]:
            days, skip = _find_days(counts, skip, page.size)
        part = _restrict(window, days)
        question = replace(question, terms=(count_events(self.selection.listing.fact),))
        fact = self.selection.listing.fact

        def make_statement(states: StatesByTable) -> Statement | None:
            segments = plan(part, question, fact, states.get(fact.table.name, {}))
            if not segments:
                return None
            columns = list(dict.fromkeys(["event_id", "day", *(column for column, _ in order)]))
            rows = select_events(self.team, question, segments, columns)
            sql = Sql("select event_id, day from ") + rows + Sql(f" order by {_order(order)}")
            sql += Sql(f" offset {skip} limit {page.size}")
            scans = scan_of(fact.table.name, [(each.first_day, each.last_day) for each in segments])
            return Statement(sql.text, sql.params, scans)

        result = asker.ask([fact.table.name], part.days(), make_statement)
        return [(str(row[0]), str(row[1])) for row in result.rows] if result else []

    def _find_by_transaction(self, page: PageRequest) -> FoundEvents:
        """Records that a client looks for right after it has sent them: from the ledger, which has
        them at once. Only ids that it does not know by themselves, such as those of spans that tell
        the id of an answer, are looked for in the lake."""
        known, missing = self._read_ledger()
        events = [event for event in known if self._passes(event)]
        incomplete: Sequence[str] = ()
        if missing:
            window = self._window()
            asker = Asker.of(self.world, self.team)
            if window:
                search = replace(self, selection=replace(self.selection, transactions=missing))
                question = search._question()
                counts = search._ask_counts(asker, window, question)
                first = PageRequest(0, _MOST_MATCHES)
                keys = search._find_keys(asker, window, question, counts, first)
                events += read_events(asker, self.selection.listing.fact, keys)
                incomplete = sorted(asker.incomplete)
        ordered = sort_rows(events, self.selection.order, lambda event, name: event.row.get(name))
        return FoundEvents(page.cut(ordered), len(ordered), bool(missing), incomplete)

    def _read_ledger(self) -> tuple[list[Event], frozenset[str]]:
        """The events whose identity is one of the transaction ids, and the ids that are
        nobody's."""
        identities: dict[str, str] = {}
        for transaction in sorted(self.selection.transactions):
            for kind in self.selection.listing.kinds:
                identities[event_id(self.team, kind, transaction)] = transaction
        known = look_up(self.world, self.team, list(identities))
        missing = self.selection.transactions - {identities[identity] for identity in known}
        return [event for event in known.values() if not event.is_deleted], missing

    def _passes(self, event: Event) -> bool:
        """Whether an event of the ledger is one that is asked for."""
        selection = self.selection
        instant = event.row["requested_at"]
        if selection.start is not None and instant < selection.start:
            return False
        if selection.end is not None and instant > selection.end:
            return False
        billed, assistant = self._assistants(), event.row.get("assistant")
        if billed is not None and assistant is not None and assistant not in billed:
            return False
        renames = self._renames()
        for each in selection.listing.filters:
            asked = selection.asked.get(each.parameter)
            if asked is not None and not each.holds(event, asked, renames):
                return False
        return True

    def _renames(self) -> Renames:
        columns: set[str] = set()
        for each in self.selection.listing.filters:
            if each.named_column and each.parameter in self.selection.asked:
                columns.add(each.named_column)
        return find_renames(self.world, self.team, columns)


def _match_any(columns: Sequence[str], pattern: str, text: str) -> Condition:
    """The condition that one of some columns is like a text."""
    choices = " or ".join(pattern.format(column) for column in columns)
    return Condition(tuple(columns), Sql(f"({choices})", (text,) * len(columns)))


def _order(order: Sequence[SortOrder]) -> str:
    """The order of rows in SQL; events that are equal in it stand by their ids, so that no page
    holds what another holds."""
    words = [
        f"{column} {'desc' if descending else 'asc'} nulls last" for column, descending in order
    ]
    return ", ".join([*words, "event_id"])


def _find_days(counts: Mapping[str, int], skip: int, size: int) -> tuple[list[str], int]:
    """The days that a page lies in, and how many rows of theirs come before it; `counts` are those
    of the days, in the order of the pages."""
    days: list[str] = []
    wanted = size
    for day, number in counts.items():
        if not days and skip >= number:
            skip -= number
            continue
        days.append(day)
        wanted -= number - (skip if len(days) == 1 else 0)
        if wanted <= 0:
            break
    return days, skip


def _restrict(window: Window, days: Sequence[str]) -> Window:
    """The part of a window that lies in some days and between them."""
    start, end = day_start(min(days)), day_start(max(days)) + DAY - 1
    return Window(max(window.start, start), min(window.end, end))
