"""The lint of our SQL subset: what means the same in Athena and in DuckDB, and nothing else.

Run by the tests over every statement that the builder can make, and over every one that an engine
runs in any test; not part of what is deployed (it needs sqlglot). Allow-lists, because a function
that nobody has compared on both engines must not slip in.
"""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from chalicelib.lake.tables import TABLES

_NODES = frozenset(
    (
        "Select Union Subquery From Where Group Table TableAlias Alias Column Identifier Star "
        "Limit Offset Join Order Ordered Window RowNumber "
        "And Or Not Paren EQ NEQ GT GTE LT LTE Is In Between Null Literal Boolean Placeholder "
        "Case If Cast TryCast DataType DataTypeParam Var Interval Distinct Div Add Sub Mul Neg "
        "JSONExtractScalar JSONPath JSONPathRoot JSONPathKey StrPosition Substring Length Trim "
        "Sum Min Max Lower Count Coalesce Nullif Round ApproxQuantile TimestampTrunc DateTrunc "
        "DateDiff Lag With CTE GroupingSets Tuple"
    ).split()
)
"""The kinds of nodes that sqlglot may make of a statement."""
_TYPES = {"BIGINT", "TIMESTAMP", "DATE", "VARCHAR", "DOUBLE", "BOOLEAN"}
_WORDS = {"millisecond", "minute", "hour", "day", "month"}
"""The only texts that may stand in a statement: units of time. Everything else must be bound."""


def faults(sql: str) -> list[str]:
    """What is wrong with a statement; empty when it is of the subset. Raises
    sqlglot.errors.ParseError."""
    tree = sqlglot.parse_one(sql, read="athena")
    return [
        *_foreign_nodes(tree),
        *_foreign_types(tree),
        *_unbound_texts(tree),
        *_unguarded_divisions(tree),
        *_missing_bounds(tree),
    ]


def _foreign_nodes(tree: exp.Expr) -> Iterator[str]:
    for node in tree.walk():
        if type(node).__name__ not in _NODES:
            yield f"{type(node).__name__} is not allowed: {node.sql()}"


def _foreign_types(tree: exp.Expr) -> Iterator[str]:
    for cast in tree.find_all(exp.Cast):
        if cast.to.this.name not in _TYPES and cast.to.this.name != "TEXT":
            yield f"no cast to {cast.to.sql()}"


def _unbound_texts(tree: exp.Expr) -> Iterator[str]:
    for literal in tree.find_all(exp.Literal):
        if isinstance(literal.parent, exp.Interval) and literal.this.isdigit():
            continue
        if literal.is_string and literal.this.lower() not in _WORDS:
            yield f"text {literal.sql()} must be bound"


def _unguarded_divisions(tree: exp.Expr) -> Iterator[str]:
    for division in tree.find_all(exp.Div):
        if not isinstance(division.expression, exp.Nullif):
            yield f"nullif must stand around the divisor of {division.sql()}"


def _missing_bounds(tree: exp.Expr) -> Iterator[str]:
    """Every table must be restricted by team and day in the very query that reads it; rows that the
    statement itself has named must not have the name of a table."""
    parts = {part.alias for part in tree.find_all(exp.CTE)}
    for name in sorted(parts & TABLES.keys()):
        yield f"{name} is a table of the lake"
    for table in tree.find_all(exp.Table):
        if table.name in parts:
            continue
        if table.name not in TABLES:
            yield f"{table.name} is no table of the lake"
            continue
        query = table.find_ancestor(exp.Select)
        where = query.args.get("where") if query else None
        conditions = list(where.this.flatten()) if where and isinstance(where.this, exp.And) else []
        if not any(map(_names_teams, conditions)):
            yield f"{table.name} is not restricted to a team"
        if not any(
            column.name == "day" for each in conditions for column in each.find_all(exp.Column)
        ):
            yield f"{table.name} is not restricted by day"


def _names_teams(condition: exp.Expr) -> bool:
    """Whether a condition is `team = …` or `team in (?, …)`: Athena projects both."""
    if isinstance(condition, exp.In):
        bound = all(isinstance(each, exp.Placeholder) for each in condition.expressions)
        return condition.this.name == "team" and bound and bool(condition.expressions)
    return isinstance(condition, exp.EQ) and condition.this.name == "team"
