"""Engines that run only what is of the SQL subset: what means the same in Athena and in DuckDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from chalicelib.aws.engine import AthenaEngine
from chalicelib.ports.engine import Result, Statement
from chalicelib.reports.lint import faults
from infra.local.engine import LocalEngine


@contextmanager
def linted() -> Iterator[None]:
    """Within, every statement that any engine runs has passed the lint; one that has not fails the
    test that asked it."""
    with (
        patch.object(AthenaEngine, "run", _linted(AthenaEngine.run)),
        patch.object(LocalEngine, "run", _linted(LocalEngine.run)),
    ):
        yield


def _linted(run: Any) -> Any:
    def run_linted(engine: Any, team: str, statement: Statement) -> Result:
        text, _, _ = statement.sql.partition("/*")  # the state of the lake, which is no SQL
        found = _faults(text)
        assert not found, f"not of the SQL subset: {found} in {text}"
        marks = text.count("?")
        assert marks == len(statement.params), f"{marks} marks, {len(statement.params)} parameters"
        result: Result = run(engine, team, statement)
        return result

    return run_linted


@lru_cache(maxsize=4_096)
def _faults(sql: str) -> list[str]:
    return faults(sql)
