"""Usage: what users, models and organizations used in a window, in all or over time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.dimensions import MODEL, PROVIDER, Dimension
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.breakdown import ModelShare
from chalicelib.reports.facts import CALLS, DISTINCT, Term, TopGroups, coverage, text
from chalicelib.reports.metrics import integer
from chalicelib.reports.periods import bucket_of
from chalicelib.reports.planner import Question
from chalicelib.reports.rows import Group, Rows
from chalicelib.reports.service import Answer, ask_rows, coverage_of, find_renames
from chalicelib.reports.usage_declarations import UsageQuery, UsageReport
from chalicelib.reports.usage_figures import COST, USED, UsedSums
from chalicelib.reports.usage_rows import Json, show_moment, show_rows
from chalicelib.reports.usage_windows import show_tokens, show_windows

_MOST_ROWS, _MOST_SERIES = 1_000, 50
"""Groups that a table and a series name: the answer must fit into one of Lambda (6 MB)."""
_TRACES = Term("ai_traces", (CALLS,), "trace_id", ("trace_id",), combine=DISTINCT, kind="varchar")
_LAST = Term(
    "ai_last",
    (CALLS,),
    "requested_at",
    ("requested_at",),
    combine="max({})",
    kind="timestamp",
)


def answer_usage(world: World, team: Scope, usage: UsageReport, query: UsageQuery) -> Answer:
    """Answer a usage dashboard. All calls count, those under a flat plan too. Raises Invalid,
    EngineBusy."""
    asker = Asker.of(world, team)
    view = _View(asker, query.window(world.now()), usage, query.agent)
    return Answer(body=view.make(), coverage=view.coverage, incomplete=sorted(asker.incomplete))


@dataclass(frozen=True)
class _View:
    """What one caller is shown of one dashboard."""

    asker: Asker
    window: Window
    usage: UsageReport
    agent: str | None

    @cached_property
    def coverage(self) -> dict[str, Any]:
        """How much of the money is known: filled when the lake has answered."""
        return {}

    def make(self) -> list[Json]:
        """The body."""
        usage = self.usage
        return self._series() if usage.over_time or not usage.by else self._table(usage.by)

    def _series(self) -> list[Json]:
        """The windows, oldest first."""
        interval = bucket_of(self.window)
        by_bucket: dict[int, dict[str, UsedSums]] = defaultdict(dict)
        by = (self.usage.by,) if self.usage.by else ()
        for group in self._ask(by, USED, _MOST_SERIES, interval):
            name = group.name if by else ""
            by_bucket[group.bucket][name] = UsedSums.of(group.terms)
        buckets = list(self.window.buckets(interval))
        if self.usage.by is None:
            self.coverage.clear()  # there is no money in it
            return show_tokens(buckets, by_bucket)
        return show_windows(buckets, by_bucket)

    def _table(self, by: Dimension) -> list[Json]:
        """A row a group, the costliest first."""
        shares: dict[str, list[ModelShare]] = defaultdict(list)
        sums: dict[str, UsedSums] = defaultdict(UsedSums)
        members: dict[str, Json] = defaultdict(dict)
        for group in self._ask_table(by):
            used = UsedSums.of(group.terms)
            sums[group.name].add(used)
            shares[group.name].extend(_share_of(group, used))
            self._add_members(members[group.name], group)
        for group in self._ask((by,), (COST, _TRACES), _MOST_ROWS):
            members[group.name]["traceCount"] = integer(group.terms[_TRACES.name]) or 0
        return show_rows(self.usage, sums, members, shares)

    def _ask_table(self, by: Dimension) -> Rows:
        """The groups, with what else their rows tell."""
        terms: tuple[Term, ...] = USED
        if self.usage.identity:
            return self._ask((by,), (*terms, text(CALLS, by.ident)), _MOST_ROWS)
        if by.column == MODEL.column:
            return self._ask((by, PROVIDER), terms, _MOST_ROWS)
        return self._ask((by, MODEL, PROVIDER), (*terms, _LAST), _MOST_ROWS)

    def _add_members(self, members: Json, group: Group) -> None:
        """Put what else a row tells beside its sums."""
        usage, by = self.usage, self.usage.by
        if usage.identity and by is not None:
            merged = group.name == by.others
            members[usage.identity] = None if merged else group.terms[text(CALLS, by.ident).name]
        if usage.by_models:
            told = show_moment(group.terms[_LAST.name])
            members["lastActivity"] = max(filter(None, (members.get("lastActivity"), told)))

    def _ask(
        self,
        by: Sequence[Dimension],
        terms: Sequence[Term],
        most: int,
        interval: Interval | None = None,
    ) -> Rows:
        """What the lake answers; how much of the money is known is kept."""
        columns = [dimension.column for dimension in by]
        question = Question(
            tuple(by),
            tuple(terms),
            interval=interval,
            filters={"agent": [self.agent]} if self.agent else {},
            top=TopGroups(COST, most, by[0].others) if by else None,
            renames=find_renames(self.asker.world, self.asker.team, columns),
        )
        rows = ask_rows(self.asker, self.window, question)
        if coverage(CALLS)[0] in terms:
            self.coverage.update(coverage_of(CALLS, rows))
        return rows


def _share_of(group: Group, used: UsedSums) -> Iterator[ModelShare]:
    """What the model of a row has in it; nothing where rows tell no models."""
    if len(group.names) > 1:
        model, provider = group.names[-2:]
        yield ModelShare(
            model=str(model),
            provider=str(provider),
            calls=used.calls,
            priced=used.priced,
            cost_nano=used.cost_nano,
            tokens=used.tokens,
        )
