"""Bound parameters as Athena wants them: each one the text of an SQL literal."""

import math
from collections.abc import Sequence

from chalicelib.ports.engine import EngineRefused, Parameter


def literals(params: Sequence[Parameter]) -> list[str]:
    """One literal per parameter. Raises EngineRefused for a number that SQL cannot write."""
    return [_literal(param) for param in params]


def _literal(param: Parameter) -> str:
    if isinstance(param, bool):
        return "true" if param else "false"
    if isinstance(param, int):
        return str(param)
    if isinstance(param, float):
        if not math.isfinite(param):
            raise EngineRefused("a parameter is not a finite number")
        # Without an exponent Athena reads a decimal, and a decimal next to a double changes the result's type.
        return f"{param!r}" if "e" in repr(param) else f"{param!r}e0"
    return "'" + param.replace("'", "''") + "'"
