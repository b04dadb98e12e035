"""Facts: what rows of the lake are counted, and the terms in which a question asks for them."""

from dataclasses import dataclass
from functools import cache

from chalicelib.lake import tables
from chalicelib.lake.tables import AI_EVENTS, API_EVENTS, TOOL_EVENTS, Table
from chalicelib.ports.engine import Parameter

SUM, LEAST, MOST = "cast(sum({}) as bigint)", "min({})", "max({})"
DISTINCT = "count(distinct {})"
"""How contributions are drawn together, in SQL with the name of the term put in."""


@dataclass(frozen=True, slots=True, eq=False)
class FactTable:
    """Rows of one table, in a bucket by their column `instant`.

    A row of a `versioned` table is one version of an event, and its days have states; any other row
    stands once. `noun` says in headers what is counted; `tokens`: its rows tell them.
    """

    name: str
    table: Table
    noun: str = "Calls"
    instant: str = "requested_at"
    versioned: bool = True
    tokens: bool = False


CALLS = FactTable("ai", AI_EVENTS, tokens=True)
TOOL_CALLS = FactTable("tool", TOOL_EVENTS)
API_CALLS = FactTable("api", API_EVENTS)
CHARGES = FactTable("charge", tables.CHARGES, noun="Charges", instant="earned_at", versioned=False)
BILLED = FactTable(
    "billed", tables.BILLING_DAYS, noun="Lines", instant="billed_at", versioned=False
)


@dataclass(frozen=True, slots=True)
class Term:
    """One aggregate of a question, in SQL.

    A row of each of its `facts` contributes `row`, an expression over `columns` with `params` for
    its question marks; a row of a rollup contributes its column `rolled`, which no rollup may have,
    or nothing when that is None. `combine` draws the contributions together, `kind` is their type.
    """

    name: str
    facts: tuple[FactTable, ...]
    row: str
    columns: tuple[str, ...] = ()
    rolled: str | None = ""
    combine: str = SUM
    kind: str = "bigint"
    params: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class TopGroups:
    """The groups that an answer names: the `most` that have most of `term`, equal ones by name. All
    further ones are merged into `others`; None leaves them out, of the coverage of prices too."""

    term: Term
    most: int
    others: str | None = None


@cache
def count_rows(fact: FactTable) -> Term:
    """How many rows."""
    return Term(f"{fact.name}_rows", (fact,), "1", rolled="calls")


@cache
def count_events(fact: FactTable) -> Term:
    """How many rows, counted by their ids: no rollup has these, so that a question with this term
    is answered from the events themselves."""
    return Term(
        f"{fact.name}_events",
        (fact,),
        "event_id",
        ("event_id",),
        combine=DISTINCT,
        kind="varchar",
    )


@cache
def count_values(fact: FactTable, column: str, rolled: str) -> Term:
    """How many rows have a value in a column."""
    row = f"case when {column} is null then 0 else 1 end"
    return Term(f"{fact.name}_{column}_known", (fact,), row, (column,), rolled=rolled)


@cache
def sum_of(fact: FactTable, column: str) -> Term:
    """The sum of a column."""
    return Term(f"{fact.name}_{column}", (fact,), column, (column,), rolled=column)


@cache
def least(fact: FactTable, column: str) -> Term:
    """The smallest value of a column."""
    return Term(
        f"{fact.name}_{column}_least",
        (fact,),
        column,
        (column,),
        rolled=f"min_{column}",
        combine=LEAST,
    )


@cache
def most(fact: FactTable, column: str) -> Term:
    """The largest value of a column."""
    return Term(
        f"{fact.name}_{column}_most",
        (fact,),
        column,
        (column,),
        rolled=f"max_{column}",
        combine=MOST,
    )


@cache
def percentile_of(fact: FactTable, column: str, share: str) -> Term:
    """The value that a share of all values does not exceed: share "0.9" is the 90th percentile."""
    name = f"{fact.name}_{column}_{share.replace('.', '_')}"
    return Term(name, (fact,), column, (column,), combine=f"approx_percentile({{}}, {share})")


def text(fact: FactTable, column: str) -> Term:
    """One of the texts in a column, the last in order: for what is the same in all rows of a
    group."""
    return Term(
        f"{fact.name}_{column}",
        (fact,),
        column,
        (column,),
        rolled=column,
        combine=MOST,
        kind="varchar",
    )


UNRATED = Term(
    "billed_unrated",
    (BILLED,),
    "case when amount_nano is not null and usd_nano is null then 1 else 0 end",
    ("amount_nano", "usd_nano"),
)
"""Lines of bills in a currency without an exchange rate."""
PRICE_COLUMN = {CALLS: "cost_nano", TOOL_CALLS: "cost_nano", CHARGES: "usd_nano"}
"""Where the money of a row stands; null when it is not known."""


def count_priced(fact: FactTable) -> Term:
    """How many rows have a known amount of money."""
    return count_values(fact, PRICE_COLUMN[fact], "priced")


TOKENS = sum_of(CALLS, "total_tokens")
UNPRICED_TOKENS = Term(
    "ai_unpriced_tokens",
    (CALLS,),
    "case when cost_nano is null then total_tokens end",
    ("cost_nano", "total_tokens"),
    rolled="unpriced_tokens",
)
FAILED_CALL = "(error_reason is not null or error_code is not null or coalesce(stop_reason, ?) = ?)"
FAILED_CALL_PARAMS = ("", "ERROR")
"""The condition that a call failed: it tells an error, or that one stopped it."""
FAILURES = Term(
    "ai_failures",
    (CALLS,),
    f"case when {FAILED_CALL} then 1 else 0 end",
    ("error_reason", "error_code", "stop_reason"),
    rolled="errors",
    params=FAILED_CALL_PARAMS,
)
SUCCESSES = Term(
    "tool_successes",
    (TOOL_CALLS,),
    "case when is_success then 1 else 0 end",
    ("is_success",),
    rolled="successes",
)
MINUTES = Term(
    "ai_minutes",
    (CALLS,),
    "date_trunc('minute', requested_at)",
    ("requested_at",),
    rolled=None,
    combine=DISTINCT,
    kind="timestamp",
)
MINUTES_BEFORE = Term("ai_minutes_before", (CALLS,), "cast(null as bigint)", rolled="minutes")
"""How many minutes had calls: those that are counted now, and those that a rollup has counted. No
minute is in both."""
FULL_COST = Term("cost", (CALLS, TOOL_CALLS), "cost_nano", ("cost_nano",), rolled="cost_nano")
"""Of calls and of the tools beside them."""
COST_ROWS = Term("cost_rows", FULL_COST.facts, "1", rolled="calls")
COST_KNOWN = Term(
    "cost_known",
    FULL_COST.facts,
    "case when cost_nano is null then 0 else 1 end",
    ("cost_nano",),
    rolled="priced",
)
"""How many these are, and of how many the cost is known."""
TOOLS = Term(
    "tools",
    (TOOL_CALLS,),
    "tool_id",
    ("tool_id",),
    rolled="tool_id",
    combine=DISTINCT,
    kind="varchar",
)
BEGUN = Term(
    "begun",
    (CALLS,),
    "requested_at",
    ("requested_at",),
    rolled="min_requested_at",
    combine=LEAST,
    kind="timestamp",
)
LATEST = Term(
    "latest",
    (CALLS,),
    "requested_at",
    ("requested_at",),
    rolled="max_requested_at",
    combine=MOST,
    kind="timestamp",
)
"""When the last of them was asked."""
ENDED = Term(
    "ended",
    (CALLS,),
    "coalesce(responded_at, requested_at)",
    ("responded_at", "requested_at"),
    rolled="max_ended_at",
    combine=MOST,
    kind="timestamp",
)


def coverage(fact: FactTable) -> tuple[Term, ...]:
    """What tells how much of the money in a fact is known."""
    rows = (count_rows(fact), count_priced(fact))
    return (*rows, TOKENS, UNPRICED_TOKENS) if fact.tokens else rows
