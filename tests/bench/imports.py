"""Import time (CPU) of the API function, in processes of its own, beside bare Chalice with a
DynamoDB client."""

import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.bench.report import Row
from tests.support.lambdas import build_package

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
_FIRST_ANSWER = """import app
event = {"httpMethod": "GET", "path": "/openapi.json", "resource": "/{proxy+}", "headers": {},
         "requestContext": {"requestId": "r"}, "body": None, "isBase64Encoded": False}
assert app.app(event, None)["statusCode"] == 200"""


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
        _deployed_row(bare),
    ]


def _deployed_row(bare: float) -> Row:
    """Import and first answer of the unpacked zip, whose bytecode is its own: nothing is kept of a
    run for the next, as in Lambda."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(build_package(Path(folder))) as archive:
            archive.extractall(Path(folder) / "task")
        times = [_milliseconds(_FIRST_ANSWER, Path(folder) / "task") for _ in range(_ROUNDS)]
    deployed = statistics.median(times[1:])
    return Row(
        "import and first answer of the unpacked zip",
        f"{deployed:.0f} ms",
        f"≤ {_GOAL_MS} ms",
        deployed <= _GOAL_MS,
        f"{deployed / bare:.2f} × bare",
    )


def _milliseconds(code: str, folder: Path = _ROOT) -> float:
    """CPU time of code in a process of its own, in a folder that holds all it needs; the project's
    folder has its packages beside it."""
    isolated = [] if folder == _ROOT else ["-S", "-B"]
    timed = [sys.executable, *isolated, "-c", _TIMED.format(code)]
    # Other benches set where their server logs to; that folder is gone.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("METERLAKE")}
    done = subprocess.run(timed, cwd=folder, env=clean, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])
