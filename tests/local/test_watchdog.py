"""The parent's eye on its child: whom it ends, and whom it leaves the time to start."""

import os
import threading

import pytest

from infra.local import watchdog
from infra.local.watchdog import Watchdog


class Scene:
    """A server whose child is another one from the second look on; `answers` tells from which
    look on anybody answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: int, replaced: bool) -> None:
        self.looks, self.answers, self.replaced = 0, answers, replaced
        self.ended: list[int] = []
        self.answered = threading.Event()
        monkeypatch.setattr(watchdog, "_LOOK_S", 0.001)
        monkeypatch.setattr(watchdog, "_START_LOOK_S", 0.001)
        monkeypatch.setattr(watchdog, "is_answering", self.is_answering)
        monkeypatch.setattr(os, "kill", self.kill)
        self.dog = Watchdog("host", 1, lambda: [2 if replaced and self.looks > 1 else 1])

    def is_answering(self, host: str, port: int) -> bool:
        self.looks += 1
        if self.looks >= self.answers:
            self.answered.set()
        return self.looks >= self.answers

    def kill(self, process: int, number: int) -> None:
        self.ended.append(process)
        raise ProcessLookupError  # it is gone by then

    def watch(self) -> list[int]:
        self.dog.start()
        assert self.answered.wait(10)
        self.dog.stop()
        return self.ended


def test_a_child_in_the_place_of_a_dead_one_is_left_the_time_to_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Scene(monkeypatch, answers=20, replaced=True).watch() == []


def test_a_child_that_is_silent_is_ended_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Scene(monkeypatch, answers=20, replaced=False).watch() == [1]
