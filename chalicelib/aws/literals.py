"""Statements with their parameters in place, as Athena is given them.

Athena's own parameters will not do: they may stand in WHERE only, and not be longer than 1,024
characters. The text of a literal is safe from its content, because in Athena's SQL nothing but the
quote has a meaning inside of quotes.
"""

import math
import re
from collections.abc import Iterator

from chalicelib.ports.engine import EngineRefused, Parameter, Statement

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\?", re.DOTALL)
"""A text, a quoted name, a comment, or a mark; a `?` inside of the first three is none."""


def bind_literals(statement: Statement) -> str:
    """The SQL with each `?` replaced by its parameter's literal.

    Raises EngineRefused when marks and parameters differ in number, or for a number that SQL cannot
    write.
    """
    literals = iter([_literal(param) for param in statement.params])
    sql = _TOKEN.sub(lambda token: _replace(token[0], literals), statement.sql)
    if next(literals, None) is not None:
        raise EngineRefused("the statement has fewer marks than parameters")
    return sql


def _replace(token: str, literals: Iterator[str]) -> str:
    if token != "?":  # noqa: S105 - a mark, not a password
        return token
    literal = next(literals, None)
    if literal is None:
        raise EngineRefused("the statement has more marks than parameters")
    return literal


def _literal(param: Parameter) -> str:
    if isinstance(param, bool):
        return "true" if param else "false"
    if isinstance(param, int):
        return str(param)
    if isinstance(param, float):
        if not math.isfinite(param):
            raise EngineRefused("a parameter is not a finite number")
        # Without an exponent Athena reads a decimal, and a decimal next to a double changes the
        # result's type.
        return f"{param!r}" if "e" in repr(param) else f"{param!r}e0"
    return "'" + param.replace("'", "''") + "'"
