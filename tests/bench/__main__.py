"""`python -m tests.bench [NAME …]`: run all benches, or the named ones; only a whole run is
kept."""

import sys

from tests.bench import (
    advice,
    analytics,
    backfill,
    bills,
    budgets,
    catalog,
    completion,
    console,
    durability,
    imports,
    lake,
    otlp,
    rating,
    rating_usage,
    records,
    server,
    traces,
)
from tests.bench.report import Row, table, write

BENCHES = {
    "rating": rating.run,
    "billing": rating_usage.run,
    "catalog": catalog.run,
    "lake": lake.run,
    "analytics": analytics.run,
    "advice": advice.run,
    "records": records.run,
    "traces": traces.run,
    "completion": completion.run,
    "server": server.run,
    "otlp": otlp.run,
    "backfill": backfill.run,
    "budgets": budgets.run,
    "bills": bills.run,
    "console": console.run,
    "durability": durability.run,
    "imports": imports.run,
}


def main(names: list[str]) -> None:
    """Run, print, keep."""
    rows: list[Row] = []
    for name in names or BENCHES:
        print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201 - a command
        rows += BENCHES[name]()
    print(table(rows))  # noqa: T201 - a command
    if not names:
        write(rows)


main(sys.argv[1:])
