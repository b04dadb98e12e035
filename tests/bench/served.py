"""A local server and its load, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_UP = "from infra.cli.main import main; main()"


@dataclass(frozen=True, slots=True)
class Served:
    """A running `meterlake up`. The key is there on the first start of a folder only."""

    process: subprocess.Popen[str]
    url: str
    team: str
    key: str | None


@contextmanager
def server(folder: Path) -> Iterator[Served]:
    """Serve a folder on a free port; whatever is still running at the end is killed."""
    command = [sys.executable, "-c", _UP, "up", "--json", "--port", "0", "--data", str(folder)]
    ours = {
        name: value for name, value in os.environ.items() if name != "METERLAKE_LOG"
    }  # it logs into its own folder
    with subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, env=ours
    ) as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            yield Served(process, line["url"], line["teamId"], line.get("meteringKey"))
        finally:
            process.kill()


def post(url: str, key: str, first: int, count: int) -> tuple[int, float]:
    """Post records by the client process: how many were acknowledged, and in how many seconds."""
    command = [sys.executable, "-m", "tests.bench.client", url, key, str(first), str(count)]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    return answer["acknowledged"], answer["seconds"]
