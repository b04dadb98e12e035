"""Logs that cannot be written: requests are answered all the same, and the terminal is not flooded
with a traceback a line."""

import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.kit.clock import now_ms
from tests.support.bodies import completion
from tests.support.server import ROOT, Server

PATH = "/meter/v2/ai/completions"
FULL = Path("/dev/full")
"""A file whose every write fails as on a full disk."""
POSTS = 20
LOGGED = """
import os, sys
os.environ["METERLAKE_LOG"] = "/dev/full"
from chalicelib.kit.logs import logger
from infra.local.server import _quiet_logging
if sys.argv[1] == "quiet":
    _quiet_logging()
for number in range(20):
    logger().error("line %d", number)
print("done")
"""

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")


@pytest.mark.parametrize(("manner", "lines"), [("quiet", range(1)), ("loud", range(20, 10_000))])
def test_a_log_on_a_full_disk_says_nothing_to_the_terminal(manner: str, lines: range) -> None:
    """Beside it what Python does unless told otherwise: the test would notice a flood."""
    done = subprocess.run(
        [sys.executable, "-c", LOGGED, manner],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "done\n"
    assert len(done.stderr.splitlines()) in lines


@pytest.mark.parametrize("terminal", ["file", "full"])
def test_the_server_serves_on_when_neither_log_nor_terminal_take_a_word(
    tmp_path: Path, terminal: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("access.log", "upkeep.log"):
        (folder / name).symlink_to(FULL)
    heard = tmp_path / "stderr" if terminal == "file" else FULL
    with heard.open("wb") as stderr, Server(folder, stderr=stderr) as server:
        key = server.line["meteringKey"]
        for number in range(POSTS):
            status, _ = server.call("POST", PATH, key, completion(number, now_ms()))
            assert status == 201
    if terminal == "file":
        assert heard.read_bytes() == b""
