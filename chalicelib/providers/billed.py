"""What was billed: sums of `billing_days` by what a report tells rows apart by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kit.errors import MeterlakeError
from chalicelib.lake.damage import run
from chalicelib.lake.newest import restrict_to, scan_of
from chalicelib.lake.sql import Sql, join_sql, select_from
from chalicelib.lake.tables import BILLING_DAYS
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.periods import Period

MOST_ROWS = 50_000
_TABLE = BILLING_DAYS.name
_SUMS = (
    "usd_nano",
    "list_nano",
    "credits_nano",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "requests",
)
_UNRATED = "sum(case when amount_nano is not null and usd_nano is null then 1 else 0 end)"


class TooManyRows(MeterlakeError):
    """The answer would have more rows than one answer holds (400)."""

    status, code = 400, "TOO_MANY_ROWS"


@dataclass(frozen=True, slots=True)
class Billed:
    """What was billed and used of one group: amounts in nano-USD, None where no line tells any.
    `unrated` lines are in a currency without an exchange rate and in no amount."""

    names: tuple[str, ...]
    usd_nano: int | None
    list_nano: int | None
    credits_nano: int | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_creation_tokens: int | None
    requests: int | None
    unrated: int

    @property
    def cost(self) -> int:
        """Nano-USD; 0 where nothing was billed."""
        return self.usd_nano or 0

    @property
    def tokens(self) -> int | None:
        """All tokens; None when no line tells any."""
        told = (
            self.input_tokens,
            self.output_tokens,
            self.cache_read_tokens,
            self.cache_creation_tokens,
        )
        known = [count for count in told if count is not None]
        return sum(known) if known else None

    def __add__(self, other: "Billed") -> "Billed":
        """Both groups as one, under the names of this one."""
        sums: dict[str, Any] = {
            name: _add(getattr(self, name), getattr(other, name)) for name in _SUMS
        }
        return replace(self, **sums, unrated=self.unrated + other.unrated)


@dataclass(frozen=True, slots=True)
class BilledQuestion:
    """Sums over the days of a period, by some columns of BILLING_DAYS. `equal` are columns with the
    value they must have."""

    period: Period
    by: Sequence[str]
    equal: Mapping[str, str]


def ask(world: World, team: Scope, question: BilledQuestion) -> list[Billed]:
    """The sums of each group, by name, so that the pages of one answer do not share or lose rows
    that cost the same. Raises TooManyRows, EngineBusy."""
    statement = build_statement(team, question)
    width = len(question.by)
    rows = run(world, team, statement).rows
    if len(rows) > MOST_ROWS:
        raise TooManyRows(
            f"there are over {MOST_ROWS} rows: ask for a shorter period, or for one provider"
        )
    found: list[Billed] = []
    for row in rows:
        values: list[Any] = list(row[width:])  # sums of integers, or null
        found.append(Billed(tuple(str(name or "") for name in row[:width]), *values))
    return sorted(found, key=lambda group: group.names)


def build_statement(team: Scope, question: BilledQuestion) -> Statement:
    """The statement of a question: rows of names and sums."""
    days = [(question.period.first, question.period.last)]
    # Lines without a list price are at their list price.
    summed = {name: name for name in _SUMS} | {"list_nano": "coalesce(list_nano, usd_nano)"}
    columns = [*question.by, *(f"sum({value}) as {name}" for name, value in summed.items())]
    keep = [restrict_to(team, days)]
    keep += [Sql(f"{name} = ?", (value,)) for name, value in question.equal.items()]
    sql = select_from([*columns, f"{_UNRATED} as unrated"], Sql(f"{_TABLE} where "))
    sql += join_sql(" and ", keep)
    if question.by:
        sql += Sql(" group by " + ", ".join(str(n + 1) for n in range(len(question.by))))
    sql += Sql(f" limit {MOST_ROWS + 1}")
    return Statement(sql.text, sql.params, scan_of(_TABLE, days))


def _add(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other
