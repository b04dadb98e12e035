"""What the lake is asked about calls of before a rule was counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.budgets.amounts import UNPRICED_BASE, amounts_of, as_base
from chalicelib.budgets.generations import Counting, Generation
from chalicelib.budgets.measures import MEASURES
from chalicelib.budgets.revised import read_rows_before
from chalicelib.budgets.selecting import CallNames, list_dimensions
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.sql import Sql, timestamp_text
from chalicelib.ports.counters import BASE, Amounts
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, UNPRICED_TOKENS, count_rows
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Condition, Question
from chalicelib.reports.rows import Rows
from chalicelib.reports.service import ask_rows

_FALLBACK_TERMS = (UNPRICED_TOKENS,)
_CALLS = count_rows(CALLS)


def made(since: int, comparison: str) -> Condition:
    """The versions that were made before an instant (UTC epoch ms), or from it on."""
    text = f"coalesce(revised_at, received_at) {comparison} cast(? as timestamp)"
    return Condition(("revised_at", "received_at"), Sql(text, (timestamp_text(since),)))


@dataclass(frozen=True, slots=True)
class Counted:
    """What some calls of a group count for, in a bucket that starts at `bucket` (UTC epoch ms; 0
    without an interval). `names` are those of the calls by the rule's dimensions; `calls` is how
    many they are, where an interval was given."""

    bucket: int
    names: tuple[str, ...]
    group: str
    amounts: Amounts
    calls: int


@dataclass(frozen=True, slots=True)
class BaseQuestion:
    """What the lake is asked for a generation."""

    counting: Counting
    generation: Generation

    def ask(
        self, asker: Asker, window: Window, conditions: Sequence[Condition]
    ) -> Iterator[tuple[str, Amounts]]:
        """The amounts of the calls of a window, by group."""
        rows = ask_rows(asker, window, self.question(conditions))
        for each in self.read(rows):
            yield each.group, each.amounts

    def question(
        self, conditions: Sequence[Condition] = (), interval: Interval | None = None
    ) -> Question:
        """What is asked for the amounts of calls, by bucket where an interval is given."""
        rule = self.generation.rule
        measure = MEASURES[rule.metric]
        terms = (*measure.terms, *_FALLBACK_TERMS) if rule.nano_per_token else measure.terms
        if interval:
            terms = tuple(dict.fromkeys((*terms, _CALLS)))
        return Question(
            by=list_dimensions(rule),
            terms=terms,
            interval=interval,
            filters={"kind": measure.kinds} if measure.kinds else {},
            assistants=self.counting.assistants if rule.is_money else None,
            renames=self.counting.renames,
            conditions=tuple(conditions),
        )

    def read(self, rows: Rows) -> Iterator[Counted]:
        """The amounts in an answer to the question."""
        rule = self.generation.rule
        measure = MEASURES[rule.metric]
        by = list_dimensions(rule)
        for row in rows:
            group = CallNames.of_group(by, row.names).place_in(rule)
            if group is None:
                continue
            sums = {term.name: integer(row.terms.get(term.name)) or 0 for term in measure.terms}
            amounts = {BASE: sums[measure.over.name]}
            if rule.is_money:
                amounts[UNPRICED_BASE] = measure.count_unpriced(sums)
            if rule.nano_per_token:
                tokens = integer(row.terms.get(UNPRICED_TOKENS.name)) or 0
                amounts[BASE] += tokens * rule.nano_per_token
            names = tuple(name or "" for name in row.names)
            calls = integer(row.terms.get(_CALLS.name)) or 0
            yield Counted(row.bucket, names, group, amounts, calls)

    def before(self, asker: Asker, ids: Sequence[str]) -> Iterator[tuple[str, Amounts]]:
        """The amounts of calls which have been revised since: the ledger still tells what they were
        before."""
        rule = self.generation.rule
        for row in read_rows_before(asker, ids, self.generation.since):
            names = CallNames.of_row(rule.columns, row, self.counting.renames)
            group = names.place_in(rule)
            if group is not None:
                yield group, as_base(amounts_of(rule, row, self.counting.assistants))
