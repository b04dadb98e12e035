"""Memory: what a process believes for a while."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kit.memory import Memory

TRUST = 1_000


def answer(memory: Memory[str, int], key: str, now: int, value: int) -> int:
    """What the memory says when a look-up would say `value`."""
    return memory.recall(key, now, TRUST, lambda: value)


def test_a_value_is_believed_until_its_time_is_over() -> None:
    """And then looked up again."""
    memory: Memory[str, int] = Memory(10)
    assert answer(memory, "a", 0, 1) == 1
    assert answer(memory, "a", TRUST - 1, 2) == 1
    assert answer(memory, "a", TRUST, 3) == 3


def test_what_is_forgotten_is_looked_up_again() -> None:
    """One key, or all that pass a test."""
    memory: Memory[str, int] = Memory(10)
    for key in ("a1", "a2", "b1"):
        answer(memory, key, 0, 1)
    memory.forget("a1")
    memory.forget("unknown")
    assert [answer(memory, key, 0, 2) for key in ("a1", "a2", "b1")] == [2, 1, 1]
    memory.forget_all(lambda key: key.startswith("a"))
    assert [answer(memory, key, 0, 3) for key in ("a1", "a2", "b1")] == [3, 3, 1]


def test_the_oldest_value_gives_way() -> None:
    """One that was looked up again is young again."""
    memory: Memory[str, int] = Memory(2)
    answer(memory, "a", 0, 1)
    answer(memory, "b", 0, 1)
    answer(memory, "a", TRUST, 2)
    answer(memory, "c", TRUST, 2)
    assert answer(memory, "a", TRUST, 9) == 2
    assert answer(memory, "b", 1, 9) == 9


def test_a_failed_look_up_is_not_kept() -> None:
    """The next one who asks looks up again."""
    memory: Memory[str, int] = Memory(2)

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        memory.recall("a", 0, TRUST, fail)
    assert answer(memory, "a", 0, 1) == 1


def test_what_was_being_looked_up_while_it_was_forgotten_is_not_kept() -> None:
    """It may be older than the change that made somebody forget it."""
    memory: Memory[str, int] = Memory(10)
    loading, changed = threading.Event(), threading.Event()

    def load() -> int:
        loading.set()
        assert changed.wait(10)
        return 1

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(memory.recall, "a", 0, TRUST, load)
        assert loading.wait(10)
        memory.forget("a")
        changed.set()
        assert slow.result() == 1
    assert answer(memory, "a", 0, 2) == 2


def test_many_threads_share_a_memory() -> None:
    """Nobody gets another key's value, and it stays as small as it was asked to."""
    memory: Memory[int, int] = Memory(5)

    def ask(number: int) -> bool:
        key = number % 9
        if number % 7 == 0:
            memory.forget(key)
        return memory.recall(key, number, TRUST, lambda: key) == key

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(2_000)))
    assert len(memory) <= 5
