"""The process that feeds the lake beside a command: it ends when it is told to, when that takes too
long, and when nobody is there any more to tell it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NoReturn

import pytest

from infra.local import feeder as module
from infra.local.feeder import feeder
from tests.support.patience import eventually
from tests.support.server import ROOT

KILLED = """
import multiprocessing, pathlib, sys, time
from infra.local.feeder import feeder
if __name__ == "__main__":
    with feeder(pathlib.Path(sys.argv[1])):
        print(multiprocessing.active_children()[0].pid, flush=True)
        time.sleep(60)
"""


class Ear:
    """A log that is listened to."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def error(self, words: str) -> None:
        self.heard.append(words)


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    ear = Ear()
    monkeypatch.setattr(module, "logger", lambda: ear)
    return ear


def sleep_on(folder: Path, ended: Event, parent: int) -> None:
    time.sleep(60)


def fail(folder: Path, ended: Event, parent: int) -> NoReturn:
    raise SystemExit(3)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_one_that_does_not_end_is_killed_and_told(
    tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_feed", sleep_on)
    monkeypatch.setattr(module, "_FEEDER_END_S", 0.05)
    with feeder(tmp_path):
        (process,) = multiprocessing.active_children()
    process.join(10)
    assert process.exitcode == -signal.SIGKILL
    assert ear.heard == ["the feeder did not end in time: the lake is fed on by the next one"]


def test_one_that_fails_is_told(tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_feed", fail)
    with feeder(tmp_path):
        pass
    assert ear.heard == ["the feeder failed: the lake is fed on by the next one"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes as Linux does")
def test_it_does_not_outlive_a_command_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, script, tmp_path / "data"]
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=path) as parent:
        assert parent.stdout
        process = int(parent.stdout.readline())
        assert is_alive(process)
        parent.kill()
    eventually(lambda: not is_alive(process), seconds=30)
