"""The engine on Athena: start, poll, read."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.literals import bind_literals
from chalicelib.kit.settings import Settings
from chalicelib.ports.engine import (
    DamagedFiles,
    EngineBusy,
    EngineRefused,
    Result,
    Statement,
    Value,
)
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope

_FIRST_POLL_S, _LAST_POLL_S, _GROWTH = 0.1, 1.0, 1.4
"""Most reports take a second or two: look often at first, and spare Athena's request quota on the
long ones."""
_REUSE_MINUTES = 1
"""A statement that comes again with the same parameters within a minute is answered from its last
result."""
_THROTTLED = ("ThrottlingException", "TooManyRequestsException", "InternalServerException")
_SYSTEM_FAULT = 1
"""AthenaError.ErrorCategory: 1 is Athena's own, 2 the statement's."""

_DAMAGE = re.compile(
    r"HIVE_BAD_DATA|HIVE_(?:CURSOR_ERROR|CANNOT_OPEN_SPLIT).*"
    r"(?:valid parquet|corrupt|malformed|decompress|magic|checksum|footer)",
    re.IGNORECASE | re.DOTALL,
)
"""Athena's words for a file that is there and cannot be read."""
_KEY = r"([a-z_]+)/team=[^/\s]+/day=([0-9-]+)/([^/\s:,()\[\]]+\.parquet)"
_PARSERS: dict[str, Callable[[str], Value]] = {
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "float": float,
    "real": float,
    "double": float,
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "varchar": str,
    "char": str,
    "string": str,
    "unknown": str,
}
"""By column type; the subset has no others. `unknown` is the type of a bare NULL."""


class AthenaEngine:
    """See chalicelib.ports.engine.Engine. Partitions are pruned from the statement's own
    restrictions."""

    def __init__(
        self,
        clients: Clients,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._clock = clock
        self._sleep = sleep

    def run(self, team: Scope, statement: Statement) -> Result:
        """Run to the end or to the time-out; a statement that ran out of time is stopped, as it
        costs on."""
        if team not in statement.params:
            # Athena would read any team's rows: a statement that is not even told the team must be
            # a mistake.
            raise EngineRefused("the statement is not bound to its team")
        try:
            query_id = self._start(statement)
            execution = self._wait(query_id, statement.time_s)
            return self._result(query_id, int(execution["Statistics"].get("DataScannedInBytes", 0)))
        except ClientError as error:
            if code_of(error) in _THROTTLED:
                raise EngineBusy("the query engine is busy: try again shortly") from error
            raise

    def _start(self, statement: Statement) -> str:
        answer = self._athena.start_query_execution(
            QueryString=bind_literals(statement),
            QueryExecutionContext={"Database": self._settings.database},
            WorkGroup=self._settings.workgroup,
            ResultReuseConfiguration={
                "ResultReuseByAgeConfiguration": {
                    "Enabled": True,
                    "MaxAgeInMinutes": _REUSE_MINUTES,
                }
            },
        )
        return str(answer["QueryExecutionId"])

    def _wait(self, query_id: str, time_s: float | None) -> Mapping[str, Any]:
        limit = self._settings.query_timeout_s
        deadline = self._clock() + (limit if time_s is None else min(limit, time_s))
        pause = _FIRST_POLL_S
        while True:
            execution: Mapping[str, Any] = self._athena.get_query_execution(
                QueryExecutionId=query_id
            )["QueryExecution"]
            state = execution["Status"]["State"]
            if state == "SUCCEEDED":
                return execution
            if state in ("FAILED", "CANCELLED"):
                self._look_for_damage(execution["Status"])
                raise _failure(execution["Status"])
            if self._clock() + pause > deadline:
                self._athena.stop_query_execution(QueryExecutionId=query_id)
                raise EngineBusy("the question took too long: ask for less, or try again shortly")
            self._sleep(pause)
            pause = min(pause * _GROWTH, _LAST_POLL_S)

    def _look_for_damage(self, status: Mapping[str, Any]) -> None:
        """Raises DamagedFiles when Athena says that it cannot read what a file holds, and names the
        file; a file that it cannot get at is not damaged."""
        words = str(status.get("StateChangeReason", ""))
        about = status.get("AthenaError", {})
        if about.get("Retryable", False) or not _DAMAGE.search(words):
            return
        prefix = f"s3://{self._settings.lake_bucket}/"
        keys = re.findall(re.escape(prefix) + _KEY, words)
        paths = {LakePath(table, day, name) for table, day, name in keys}
        if paths:
            raise DamagedFiles(sorted(paths, key=str), words)

    def _result(self, query_id: str, bytes_scanned: int) -> Result:
        rows: list[tuple[Value, ...]] = []
        columns: Sequence[Mapping[str, str]] = ()
        for page in self._athena.get_paginator("get_query_results").paginate(
            QueryExecutionId=query_id
        ):
            # The first row of the first page is the header.
            raw = page["ResultSet"]["Rows"][0 if columns else 1 :]
            columns = columns or page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            parsers = [_parser(column["Type"]) for column in columns]
            rows += (_row(parsers, row["Data"]) for row in raw)
        return Result([column["Name"] for column in columns], rows, bytes_scanned)

    @property
    def _athena(self) -> Any:  # noqa: ANN401 - boto3 makes its client classes at run time
        return self._clients.get("athena")


def _row(
    parsers: Sequence[Callable[[str], Value]], data: Sequence[Mapping[str, str]]
) -> tuple[Value, ...]:
    """A null cell has no value member; an empty text has an empty one."""
    return tuple(
        parse(cell["VarCharValue"]) if "VarCharValue" in cell else None
        for parse, cell in zip(parsers, data, strict=True)
    )


def _parser(kind: str) -> Callable[[str], Value]:
    if kind not in _PARSERS:
        raise EngineRefused(f"the statement answers a column of type {kind}")
    return _PARSERS[kind]


def _failure(status: Mapping[str, Any]) -> EngineBusy | EngineRefused:
    """What went wrong; Athena's words are kept as a note for the log, because they quote the
    statement."""
    about = status.get("AthenaError", {})
    busy = about.get("Retryable", False) or about.get("ErrorCategory") == _SYSTEM_FAULT
    failure = (
        EngineBusy("the query engine is busy: try again shortly")
        if busy
        else EngineRefused("the query engine refused the statement")
    )
    failure.add_note(f"Athena: {status['State']}: {status.get('StateChangeReason', '')}")
    return failure
