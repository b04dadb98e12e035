"""Runs in the peers' environment: medians of how long chDB takes for the statements on stdin, in
milliseconds."""

import json
import statistics
import sys
import time

from chdb import session

given = json.load(sys.stdin)
open_session = session.Session()
open_session.query("set max_threads = 2")
times: list[list[float]] = [[] for _ in given["statements"]]
for _ in range(1 + given["rounds"]):
    for statement, taken in zip(given["statements"], times, strict=True):
        start = time.perf_counter()
        open_session.query(statement, "JSON")
        taken.append((time.perf_counter() - start) * 1_000)
print(json.dumps([statistics.median(taken[1:]) for taken in times]))  # noqa: T201 - a command
