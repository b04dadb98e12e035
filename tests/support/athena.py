"""Athena under moto that answers: a started query runs on DuckDB over the objects in moto's S3.

The real boto3 and awswrangler code runs unchanged. Like Athena, it refuses a table whose injected
partition column `team` is not pinned, and leaves a CSV, or Parquet and a manifest, in the results
bucket. Athena's own parameters are not known to it, because nothing of ours uses them.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from moto.athena.models import AthenaBackend, Execution
from moto.athena.responses import AthenaResponse
from sqlglot import exp
from sqlglot.errors import SqlglotError

from chalicelib.lake.tables import TABLES
from infra.local.dialect import PREPARE, to_duckdb

_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'s3://(?P<bucket>[^/]+)/(?P<prefix>[^']*)'.*",
    re.S | re.I,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TYPES = {"HUGEINT": "bigint", "NULL": "unknown"} | {
    f"TIMESTAMP{suffix}": "timestamp" for suffix in ("", "_S", "_MS", "_NS")
}
_RANGE = 2**63
REGION = "us-east-1"


class Refused(Exception):
    """The query fails, as it would in Athena."""


@dataclass
class Ran:
    """One finished query."""

    state: str = "SUCCEEDED"
    reason: str = ""
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    scanned: int = 0
    manifest: str = ""


@contextmanager
def running(folder: Path) -> Iterator["Athena"]:
    """Patch moto's Athena. `folder` keeps copies of the objects that queries read."""
    athena = Athena(folder)
    with (
        patch.object(AthenaBackend, "start_query_execution", athena.start),
        patch.object(AthenaResponse, "get_query_execution", athena.describe),
        patch.object(AthenaResponse, "get_query_results", athena.results),
    ):
        yield athena


class Athena:
    """Holds what has run, by query id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection = duckdb.connect()
        for statement in PREPARE:
            self._connection.execute(statement)
        self._ran: dict[str, Ran] = {}
        self._lake = ""
        self._s3 = boto3.client("s3", region_name=REGION)
        self._glue = boto3.client("glue", region_name=REGION)
        self._describe = AthenaResponse.get_query_execution

    @property
    def start(self) -> Any:
        """Replaces AthenaBackend.start_query_execution."""

        def start(
            backend: AthenaBackend,
            query: str,
            context: dict[str, str],
            config: dict[str, Any] | None,
            workgroup: str,
            execution_parameters: list[str] | None,
        ) -> str:
            assert not execution_parameters
            group = backend.work_groups[workgroup]
            if group.configuration["EnforceWorkGroupConfiguration"] or not config:
                config = dict(group.configuration["ResultConfiguration"])
            execution = Execution(query, context, config, group, execution_parameters)
            backend.executions[execution.id] = execution
            try:
                ran = self._run(query, context["Database"], config["OutputLocation"])
            except (Refused, SqlglotError, duckdb.Error) as error:
                ran = Ran("FAILED", str(error))
            self._ran[execution.id] = ran
            return execution.id

        return start

    @property
    def describe(self) -> Any:
        """Replaces AthenaResponse.get_query_execution."""

        def describe(response: AthenaResponse) -> str:
            answer = json.loads(self._describe(response))
            ran = self._ran[response._get_param("QueryExecutionId")]
            execution = answer["QueryExecution"]
            if execution["Status"]["State"] != "CANCELLED":
                execution["Status"] |= {"State": ran.state, "StateChangeReason": ran.reason}
            execution["Statistics"]["DataScannedInBytes"] = ran.scanned
            if ran.manifest:
                execution["Statistics"]["DataManifestLocation"] = ran.manifest
            return json.dumps(answer)

        return describe

    @property
    def results(self) -> Any:
        """Replaces AthenaResponse.get_query_results; pages as Athena does, header in the first page
        only."""

        def results(response: AthenaResponse) -> str:
            ran = self._ran[response._get_param("QueryExecutionId")]
            start = int(response._get_param("NextToken") or 0)
            size = int(response._get_param("MaxResults") or 1_000)
            lines: list[Sequence[str | None]] = [
                [name for name, _ in ran.columns],
                *map(_text, ran.rows),
            ]
            rows = [
                {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in line]}
                for line in lines
            ]
            info = [{"Name": name, "Label": name, "Type": kind} for name, kind in ran.columns]
            more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
            page = {"Rows": rows[start : start + size], "ResultSetMetadata": {"ColumnInfo": info}}
            return json.dumps({"ResultSet": page, **more})

        return results

    def _run(self, query: str, database: str, output: str) -> Ran:
        unload = _UNLOAD.fullmatch(query)
        sql = unload["query"] if unload else query
        _check_injected(sql)
        files = self._files(sql, database)
        local = {name: [str(path) for path in paths] for name, paths in files.items()}
        cursor = self._connection.cursor()
        translated = to_duckdb(sql, local)
        scanned = sum(path.stat().st_size for paths in files.values() for path in paths)
        if unload:
            table = cursor.sql(translated).to_arrow_table()
            return Ran(
                scanned=scanned,
                manifest=self._unload(table, unload["bucket"], unload["prefix"], output),
            )
        try:
            cursor.execute(translated)
        except duckdb.Error:
            self._refuse_damaged(files)
            raise
        columns = [(column[0], _kind(str(column[1]))) for column in cursor.description or ()]
        ran = Ran(columns=columns, rows=cursor.fetchall(), scanned=scanned)
        if any(
            isinstance(cell, int) and not -_RANGE <= cell < _RANGE
            for row in ran.rows
            for cell in row
        ):
            raise Refused("NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow")
        self._put(output, _csv(ran))
        return ran

    def _files(self, sql: str, database: str) -> dict[str, list[Path]]:
        """Local copies of the objects in the partitions that the statement's texts can mean."""
        tree = sqlglot.parse_one(sql, read="athena")
        texts = {each.this for each in tree.find_all(exp.Literal) if each.is_string}
        days = sorted(text for text in texts if _DAY.fullmatch(text))
        found: dict[str, list[Path]] = {}
        for name in {table.name for table in tree.find_all(exp.Table)} & TABLES.keys():
            location = self._glue.get_table(DatabaseName=database, Name=name)["Table"][
                "StorageDescriptor"
            ]["Location"]
            bucket, prefix = _split(location)
            self._lake = bucket
            found[name] = [
                self._copy(bucket, entry)
                for team in sorted(texts)
                for entry in self._objects(bucket, f"{prefix}team={team}/")
                if not days or days[0] <= entry["Key"].split("/day=")[1][:10] <= days[-1]
            ]
        return found

    def _refuse_damaged(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Athena names the first file that it cannot read."""
        for path in (path for paths in files.values() for path in paths):
            try:
                self._connection.cursor().execute("FROM read_parquet(?)", [str(path)]).fetchall()
            except duckdb.Error as error:
                key = "/".join(path.parts[-4:])
                lake = self._lake
                raise Refused(
                    f"HIVE_BAD_DATA: Not valid Parquet file: s3://{lake}/{key}"
                ) from error

    def _copy(self, bucket: str, entry: Mapping[str, Any]) -> Path:
        """One folder an etag, so that a replaced object is not read from its old copy."""
        path = self._folder / entry["ETag"].strip('"') / entry["Key"]
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            body = self._s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            path.write_bytes(body)
        return path

    def _unload(self, table: pa.Table, bucket: str, prefix: str, output: str) -> str:
        """Write the rows as Parquet and the list of files beside; the list's address."""
        narrow = [
            pa.field(f.name, pa.int64() if pa.types.is_decimal(f.type) else f.type)
            for f in table.schema
        ]
        buffer = io.BytesIO()
        pq.write_table(table.cast(pa.schema(narrow)), buffer)
        part = f"s3://{bucket}/{prefix.rstrip('/')}/part-0.parquet"
        self._put(part, buffer.getvalue())
        address = output.removesuffix(".csv") + "-manifest.csv"
        self._put(address, f"{part}\n".encode() if table.num_rows else b"")
        return address

    def _objects(self, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix
        ):
            yield from page.get("Contents", ())

    def _put(self, location: str, data: bytes) -> None:
        bucket, key = _split(location)
        self._s3.put_object(Bucket=bucket, Key=key, Body=data)


def _check_injected(sql: str) -> None:
    for select in sqlglot.parse_one(sql, read="athena").find_all(exp.Select):
        source = select.args.get("from_")
        named = (
            source is not None and isinstance(source.this, exp.Table) and source.this.name in TABLES
        )
        where = select.args.get("where")
        pinned = where is not None and any(
            each.this.name == "team" for each in where.find_all(exp.EQ, exp.In)
        )
        if named and not pinned:
            raise Refused(
                "CONSTRAINT_VIOLATION: the injected partition column team needs an "
                "equality condition"
            )


def _kind(duckdb_type: str) -> str:
    return _TYPES.get(duckdb_type, duckdb_type.lower())


def _text(row: Sequence[Any]) -> tuple[str | None, ...]:
    return tuple(_cell(value) for value in row)


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv(ran: Ran) -> bytes:
    lines: list[Sequence[str | None]] = [
        [name for name, _ in ran.columns],
        *(_text(row) for row in ran.rows),
    ]
    quoted = (
        ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in line)
        for line in lines
    )
    return ("\n".join(quoted) + "\n").encode()


def _split(location: str) -> tuple[str, str]:
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    return bucket, prefix
