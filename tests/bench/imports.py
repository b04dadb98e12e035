"""Import time (CPU) of the API function, in processes of its own, beside bare Chalice with a
DynamoDB client."""

import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.report import Row

_GOAL_MS = 600
_ROUNDS = 7
_ROOT = Path(__file__).parents[2]
_TIMED = "import time; start = time.process_time()\n{}\nprint((time.process_time() - start) * 1000)"
_BARE = "import chalice, boto3; boto3.client('dynamodb', region_name='us-east-1')"
_APP = "import app"
_WHOLE = """import app
from chalicelib.aws.world import build
from chalicelib.kit.settings import Settings
build(Settings())"""


def run() -> list[Row]:
    """The three in turn, several times: a slow moment of the machine then hits all of them."""
    times: dict[str, list[float]] = {_BARE: [], _APP: [], _WHOLE: []}
    for _ in range(_ROUNDS):
        for code, measured in times.items():
            measured.append(_milliseconds(code))
    bare, app, whole = (statistics.median(measured[1:]) for measured in times.values())
    return [
        Row(
            "import of the API function",
            f"{app:.0f} ms",
            f"≤ {_GOAL_MS} ms",
            app <= _GOAL_MS,
            f"`import app`, median of {_ROUNDS - 1} processes; bare Chalice with a client: "
            f"{bare:.0f} ms",
        ),
        Row(
            "… with its AWS adapters built",
            f"{whole:.0f} ms",
            f"≤ {_GOAL_MS} ms",
            whole <= _GOAL_MS,
            f"{whole / bare:.2f} × bare",
        ),
    ]


def _milliseconds(code: str) -> float:
    timed = [sys.executable, "-c", _TIMED.format(code)]
    done = subprocess.run(timed, cwd=_ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])
