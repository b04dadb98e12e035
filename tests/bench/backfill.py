"""A million records from a file of JSON lines: `meterlake import`, as a user runs it, in a process
of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.kit.clock import day_start
from infra.demo.events import demo_calls
from infra.installation import installation
from infra.local.world import build
from tests.bench.memory import peak_mib
from tests.bench.report import Row

_RECORDS = 1_000_000
_GOAL_S, _GOAL_MIB = 120, 1_024
_LOOK_S = 0.25
_COMMAND = "from infra.cli.main import main; main()"


def run() -> list[Row]:
    """Write the file, import it, and import its beginning again."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "records.jsonl"
        with file.open("w") as out:
            out.writelines(_lines())
        size = file.stat().st_size / _RECORDS
        spent, peak, told = _import(file, Path(folder))
        expected = (
            f"{_RECORDS:,} records: {_RECORDS:,} added, 0 changed, 0 as they were, 0 rejected"
        )
        if expected not in told:
            raise RuntimeError(told)
    note = (
        f"{size:,.0f} bytes a record, {_RECORDS / spent:,.0f} a second, ledger and lake; one "
        "process"
    )
    return [
        Row(
            "backfill of a million records",
            f"{spent:.0f} s",
            f"≤ {_GOAL_S} s",
            spent <= _GOAL_S,
            note,
        ),
        Row(
            "… its memory",
            f"{peak:,.0f} MiB",
            f"≤ {_GOAL_MIB:,} MiB",
            peak <= _GOAL_MIB,
            "largest resident set",
        ),
    ]


def _lines() -> Iterator[str]:
    """A month of demo calls over and over, each time under other ids."""
    calls = list(demo_calls(day_start("2026-11-22"), 30))
    for number in range(_RECORDS):
        call = calls[number % len(calls)]
        yield json.dumps({**call, "transactionId": f"{call['transactionId']}-{number}"}) + "\n"


def _import(file: Path, folder: Path) -> tuple[float, float, str]:
    """Seconds, MiB of its largest process, and what it said."""
    ours = {name: value for name, value in os.environ.items() if name != "METERLAKE_LOG"}
    installation(build(folder / "data"))
    command = [sys.executable, "-c", _COMMAND, "import", str(file), "--data", str(folder / "data")]
    start, peak = time.perf_counter(), 0.0
    with (
        (folder / "told").open("w+") as told,
        subprocess.Popen(command, stdout=told, env=ours) as process,
    ):
        while process.poll() is None:
            peak = max(peak, peak_mib(process.pid))
            time.sleep(_LOOK_S)
        spent = time.perf_counter() - start
        told.seek(0)
        return spent, peak, told.read()
