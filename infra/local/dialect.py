"""Athena SQL as DuckDB reads it: the one translation behind the laptop's engine and the tests'
Athena.

Only the subset of chalicelib/reports/lint.py is expected to mean the same on both sides. A
connection that runs the answer must have executed PREPARE.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

from chalicelib.lake.tables import TABLES, Type

PREPARE = ("SET GLOBAL integer_division = true", "SET GLOBAL TimeZone = 'UTC'")
"""Without the first, 7 / 2 is 3.5 (Athena: 3). It must be GLOBAL: a plain SET is lost on every new
cursor."""

PARTITIONS = ("team", "day")
"""Partition columns, varchar, taken from the path of a file: `team=…/day=…/`."""

_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.REAL: "DOUBLE",
    Type.FLAG: "BOOLEAN",
    Type.INSTANT: "TIMESTAMP",
}


def to_duckdb(sql: str, tables: Mapping[str, Sequence[str] | str]) -> str:
    """The statement with each lake table it names read from `tables[name]`: paths, none or no entry
    for an empty table, or a query for its rows.

    `?` become `$1`, `$2` … in the order written, so a positional list still binds them. Raises
    sqlglot.errors.SqlglotError when the text does not parse.
    """
    body, named, ctes, words = _translate(sql)
    told = {name: tables.get(name, ()) for name in named}
    heads = ", ".join([*(_source(name, rows, words) for name, rows in told.items()), *ctes])
    return f"WITH {heads} {body}" if heads else body


def _source(name: str, rows: Sequence[str] | str, words: frozenset[str] | None) -> str:
    """A table that is named twice is drawn into memory once, unless it is there already."""
    return (
        f"{name} AS NOT MATERIALIZED ({rows})"
        if isinstance(rows, str)
        else f"{name} AS ({source(name, rows, words)})"
    )


@lru_cache(maxsize=512)
def _translate(
    sql: str,
) -> tuple[str, tuple[str, ...], tuple[str, ...], frozenset[str] | None]:
    """Body, names of the lake tables in it, and its own common table expressions, in DuckDB's
    dialect; and all names that it may use as a column's, None when it asks for every column."""
    tree = sqlglot.parse_one(_number(sql), read="athena").transform(_rewrite)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    named = sorted({table.name for table in tree.find_all(exp.Table)} & TABLES.keys() - own)
    words = _find_words(tree)
    with_ = tree.args.get("with_")
    tree.set("with_", None)
    ctes = tuple(cte.sql(dialect="duckdb") for cte in with_.expressions) if with_ else ()
    return tree.sql(dialect="duckdb"), tuple(named), ctes, words


def _find_words(tree: exp.Expr) -> frozenset[str] | None:
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        return None
    return frozenset(identifier.name.lower() for identifier in tree.find_all(exp.Identifier))


def _number(sql: str) -> str:
    """`?` as `:p1`, `:p2` …: translation may swap or repeat arguments, which unnumbered marks
    would not survive."""
    marks = [
        token.start
        for token in sqlglot.tokenize(sql, read="athena")
        if token.token_type is TokenType.PLACEHOLDER
    ]
    return "".join(_number_marks(sql, marks))


def _number_marks(sql: str, marks: Sequence[int]) -> Iterator[str]:
    end = 0
    for number, start in enumerate(marks, 1):
        yield f"{sql[end:start]}:p{number}"
        end = start + 1
    yield sql[end:]


def _rewrite(node: exp.Expr) -> exp.Expr:
    """What sqlglot leaves in DuckDB's meaning."""
    if isinstance(node, exp.Placeholder):
        return exp.Parameter(this=exp.Literal.number(node.name.removeprefix("p")))
    if isinstance(node, exp.ApproxQuantile):
        # DuckDB's own sketch differs from Athena's by up to a tenth; the exact answer is within
        # both errors.
        return exp.Anonymous(this="quantile_disc", expressions=[node.this, node.args["quantile"]])
    if isinstance(node, exp.DateDiff):
        # Athena counts whole units that have passed, as date_sub does; date_diff counts boundaries
        # crossed.
        unit = exp.Literal.string(node.text("unit").lower())
        return exp.Anonymous(this="date_sub", expressions=[unit, node.expression, node.this])
    return node


def source(name: str, files: Sequence[str], words: frozenset[str] | None = None) -> str:
    """A query for the columns of a table that are among some names (None: for all), typed as
    declared; columns that no file has are NULL, others unseen.

    To plan costs time by file and column: a sum over a month of 250 teams reads 6,000 files, and
    takes a third when five columns of a hundred are named.
    """
    columns = {
        column: _TYPES[kind]
        for column, kind in TABLES[name].columns.items()
        if words is None or column in words
    }
    columns |= dict.fromkeys(PARTITIONS, "VARCHAR")
    empty = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in columns.items())
    typed = f"SELECT {empty} WHERE false"
    if not files:
        return typed
    paths = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
    hive = ", ".join(f"'{partition}': VARCHAR" for partition in PARTITIONS)
    read = (
        f"read_parquet([{paths}], union_by_name = true, hive_partitioning = true, hive_types "
        f"= {{{hive}}})"
    )
    wanted = ", ".join(f'"{column}"' for column in columns)
    told = ", ".join(f"'{column}'" for column in columns)
    some = f"SELECT COLUMNS(lambda name: name IN ({told})) FROM {read}"
    return f"SELECT {wanted} FROM ({typed} UNION ALL BY NAME {some})"
