"""What a bench reports, and the table that all of it ends in."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `met` is None where there is no goal to meet."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None
    note: str = ""


def table(rows: Sequence[Row]) -> str:
    """The rows as a markdown table."""
    verdict = {None: "", True: "met", False: "**missed**"}
    lines = ["| what | measured | goal | | how |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.figure} | {row.goal} | {verdict[row.met]} | {row.note} |"
        for row in rows
    ]
    return "\n".join(lines)


def write(rows: Sequence[Row]) -> None:
    """Keep the table, with the machine that it was measured on."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    place = f"{when}; {machine}, load {os.getloadavg()[0]:.1f}"
    text = f"# Bench results\n\nWritten by `make bench`. {place}.\n\n{table(rows)}\n"
    RESULTS.write_text(text, encoding="utf-8")
