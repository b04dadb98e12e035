"""How Athena's ways of failing look to a caller."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients
from chalicelib.aws.engine import AthenaEngine
from chalicelib.kit.settings import Settings
from chalicelib.ports.engine import DamagedFiles, EngineBusy, EngineRefused, Statement
from chalicelib.ports.lake import LakePath

pytestmark = pytest.mark.any_sql
"""The engine itself is under test."""

STATEMENT = Statement("SELECT 1 AS x FROM ai_events WHERE team = ?", ("t1",))


class Athena:
    """An Athena that answers each poll with the next status, the last one for ever."""

    def __init__(self, *statuses: dict[str, Any]) -> None:
        self.statuses = list(statuses)
        self.started: list[dict[str, Any]] = []
        self.stopped = 0

    def start_query_execution(self, **request: Any) -> dict[str, str]:
        self.started.append(request)
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, **request: Any) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {"QueryExecution": {"Status": status, "Statistics": {}}}

    def stop_query_execution(self, **request: Any) -> None:
        self.stopped += 1

    def get_paginator(self, name: str) -> "Athena":
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        info = [{"Name": "x", "Type": "bigint"}]
        rows = [{"Data": [{"VarCharValue": text}]} for text in ("x", "1")]
        more = [{"Data": [{"VarCharValue": "2"}]}, {"Data": [{}]}]
        metadata = {"ColumnInfo": info}
        return [
            {"ResultSet": {"Rows": each, "ResultSetMetadata": metadata}} for each in (rows, more)
        ]


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


def engine(athena: Any, time: Time) -> AthenaEngine:
    """An engine on a false Athena."""
    clients = Clients("us-east-1")
    clients._made["athena"] = athena
    return AthenaEngine(clients, Settings(query_timeout_s=10), lambda: time.now, time.sleep)


def failing(code: str) -> Callable[..., Any]:
    def fail(**request: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "m"}}, "StartQueryExecution")

    return fail


def test_it_looks_often_at_first_and_then_less() -> None:
    time = Time()
    athena = Athena({"State": "QUEUED"}, *[{"State": "RUNNING"}] * 7, {"State": "SUCCEEDED"})
    result = engine(athena, time).run("t1", STATEMENT)
    assert result.rows == [(1,), (2,), (None,)]
    assert time.pauses == sorted(time.pauses)
    assert time.pauses[0] == 0.1
    assert time.pauses[-1] == 1.0
    assert athena.started[0]["QueryString"] == "SELECT 1 AS x FROM ai_events WHERE team = 't1'"


def test_a_query_that_takes_too_long_is_stopped() -> None:
    time, athena = Time(), Athena({"State": "RUNNING"})
    with pytest.raises(EngineBusy):
        engine(athena, time).run("t1", STATEMENT)
    assert athena.stopped == 1
    assert time.now <= 10


def test_a_query_that_its_caller_no_longer_waits_for_is_stopped() -> None:
    time, athena = Time(), Athena({"State": "RUNNING"})
    with pytest.raises(EngineBusy):
        engine(athena, time).run("t1", replace(STATEMENT, time_s=2))
    assert athena.stopped == 1
    assert time.now <= 2


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, EngineRefused),
        ({"ErrorCategory": 2, "Retryable": False}, EngineRefused),
        ({"ErrorCategory": 1, "Retryable": False}, EngineBusy),
        ({"ErrorCategory": 2, "Retryable": True}, EngineBusy),
    ],
)
def test_a_failed_query(about: dict[str, Any], expected: type[Exception]) -> None:
    athena = Athena(
        {"State": "FAILED", "StateChangeReason": "SYNTAX_ERROR: secret", "AthenaError": about}
    )
    with pytest.raises(expected) as caught:
        engine(athena, Time()).run("t1", STATEMENT)
    assert "secret" not in str(caught.value)
    assert "secret" in caught.value.__notes__[0]


def test_the_cut_off_of_scanned_bytes_refuses() -> None:
    with pytest.raises(EngineRefused):
        engine(
            Athena({"State": "CANCELLED", "StateChangeReason": "Bytes scanned limit"}), Time()
        ).run("t1", STATEMENT)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ThrottlingException", EngineBusy),
        ("TooManyRequestsException", EngineBusy),
        ("AccessDenied", ClientError),
    ],
)
def test_a_refused_start(code: str, expected: type[Exception]) -> None:
    athena = Athena({})
    athena.start_query_execution = failing(code)  # type: ignore[method-assign]
    with pytest.raises(expected):
        engine(athena, Time()).run("t1", STATEMENT)


def test_a_statement_without_its_team_never_leaves() -> None:
    athena = Athena({})
    with pytest.raises(EngineRefused):
        engine(athena, Time()).run("t2", STATEMENT)
    assert athena.started == []


@pytest.mark.parametrize(
    "words",
    [
        "HIVE_BAD_DATA: Not valid Parquet file: {} expected magic number: PAR1 got: rubb",
        "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {} (offset=0, length=9): Malformed "
        "Parquet file. Invalid footer",
        "HIVE_CURSOR_ERROR: Failed to read Parquet file: {}: corrupt page",
    ],
)
def test_a_file_that_athena_cannot_read_is_named(words: str) -> None:
    url = "s3://meterlake-lake/ai_events/team=t1/day=2026-03-10/feed-a.parquet"
    status = {"State": "FAILED", "StateChangeReason": words.format(url)}
    with pytest.raises(DamagedFiles) as found:
        engine(Athena(status), Time()).run("t1", STATEMENT)
    assert found.value.paths == [LakePath("ai_events", "2026-03-10", "feed-a.parquet")]


@pytest.mark.parametrize(
    ("words", "retryable"),
    [
        ("HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {}: 404 Not Found", False),
        ("HIVE_CURSOR_ERROR: {}: Please reduce your request rate", False),
        ("HIVE_BAD_DATA: {}: no more bytes", True),
        ("HIVE_BAD_DATA: of a file that nobody names", False),
    ],
)
def test_a_file_that_athena_cannot_get_at_is_not_damaged(words: str, retryable: bool) -> None:
    url = "s3://meterlake-lake/ai_events/team=t1/day=2026-03-10/feed-a.parquet"
    status = {
        "State": "FAILED",
        "StateChangeReason": words.format(url),
        "AthenaError": {"Retryable": retryable},
    }
    with pytest.raises((EngineBusy, EngineRefused)) as found:
        engine(Athena(status), Time()).run("t1", STATEMENT)
    assert not isinstance(found.value, DamagedFiles)
