"""Nesting alone: how far one looks."""

from typing import Any

from chalicelib.otlp.nesting import MOST_ABOVE, Place, climb, find_wrappers


class Counted(dict[Place, str]):
    """Parents that count how often they are asked for."""

    asked = 0

    def get(self, key: Place, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)


def chain(length: int) -> Counted:
    above = {("t", str(number)): str(number - 1) for number in range(1, length)}
    return Counted({("t", "0"): "", **above})


def test_a_long_chain_takes_steps_that_grow_with_it_alone() -> None:
    parents = chain(3_000)
    calls = {
        place: {"model": "m", "input_tokens": 7 + number, "output_tokens": number}
        for number, place in enumerate(parents)
    }
    assert find_wrappers(calls, parents) == set()
    assert parents.asked <= 3_000 * MOST_ABOVE


def test_what_stands_near_above_is_found() -> None:
    parents = chain(MOST_ABOVE + 10)
    usage = {"model": "m", "input_tokens": 7, "output_tokens": 1}
    inner = ("t", str(MOST_ABOVE + 5))
    near, far = ("t", "5"), ("t", "4")
    assert find_wrappers({inner: usage, near: usage}, parents) == {near}
    assert find_wrappers({inner: usage, far: usage}, parents) == set()
    assert list(climb(("t", "2"), parents)) == [("t", "1"), ("t", "0")]


def test_a_circle_is_walked_once() -> None:
    circle = {("t", "a"): "b", ("t", "b"): "c", ("t", "c"): "a"}
    assert list(climb(("t", "a"), circle)) == [("t", "b"), ("t", "c")]
