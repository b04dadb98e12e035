"""Turns."""

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.turns import in_turn
from tests.conftest import NOON


def test_everybody_is_first_once_in_a_round() -> None:
    rounds = [in_turn(iter("abc"), NOON + number * 15 * MINUTE) for number in range(3)]
    assert sorted(turn[0] for turn in rounds) == ["a", "b", "c"]
    assert all(sorted(turn) == ["a", "b", "c"] for turn in rounds)


def test_nobody_has_no_turn() -> None:
    assert in_turn([], NOON) == []
