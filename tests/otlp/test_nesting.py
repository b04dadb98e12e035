"""Nesting alone: how far one looks."""

from itertools import permutations
from typing import Any

import pytest

from chalicelib.otlp.frames import Place
from chalicelib.otlp.nesting import MOST_ABOVE, climb, find_wrappers


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
    assert find_wrappers(calls, parents) == {}
    assert parents.asked <= 3_000 * (MOST_ABOVE + 1)


def test_what_stands_near_above_is_found() -> None:
    parents = chain(MOST_ABOVE + 10)
    usage = {"model": "m", "input_tokens": 7, "output_tokens": 1}
    inner = ("t", str(MOST_ABOVE + 5))
    near, far = ("t", "5"), ("t", "4")
    assert find_wrappers({inner: usage, near: usage}, parents) == {near: [inner]}
    assert find_wrappers({inner: usage, far: usage}, parents) == {}
    assert list(climb(("t", "2"), parents)) == [("t", "1"), ("t", "0")]


def test_a_circle_is_walked_once() -> None:
    circle = {("t", "a"): "b", ("t", "b"): "c", ("t", "c"): "a"}
    assert list(climb(("t", "a"), circle)) == [("t", "b"), ("t", "c")]


@pytest.mark.parametrize(
    "names",
    [
        ("gpt-4o", "openai/gpt-4o", "openai:gpt-4o-2024-08-06", "gpt-4o-latest"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
        ("claude-3-5-sonnet-20241022", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
        ("gemini-2.5-flash", "models/gemini-2.5-flash-preview-04-17"),
        ("llama3.2", "llama3.2:latest"),
        ("unknown", "gpt-4o"),
        ("gpt-35-turbo", "gpt-3.5-turbo-0125"),
        ("anthropic/claude-opus-4.5", "claude-opus-4-5-20251101"),
        ("deepseek/deepseek-r1:free", "deepseek-r1", "deepseek/deepseek-r1:nitro"),
        ("openai/gpt-4o:online", "openai/gpt-4o"),
        ("claude-3-5-sonnet", "claude-3-5-sonnet-v2@20241022"),
    ],
)
def test_these_names_can_mean_one_model(names: tuple[str, ...]) -> None:
    for outer, inner in permutations(names, 2):
        assert wrappers_of(outer, inner) == {("t", "0")}, (outer, inner)


@pytest.mark.parametrize(
    "names",
    [
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"),
        ("gpt-4o", "chatgpt-4o-latest"),
        ("gpt-4", "gpt-4-32k"),
        ("claude-sonnet-4", "claude-sonnet-4-5"),
        ("claude-opus-4", "claude-opus-4.5"),
        ("claude-opus-4", "claude-opus-4-5-20251101"),
        ("claude-opus-4.1", "claude-opus-4.5"),
        ("gpt-35-turbo", "gpt-35-turbo-16k"),
        ("gpt-4", "gpt-4.1"),
        ("qwen2.5:3b", "qwen2.5:7b"),
        ("titan-embed-text-v1", "titan-embed-text-v2:0"),
    ],
)
def test_these_names_mean_two_models(names: tuple[str, str]) -> None:
    for outer, inner in permutations(names):
        assert wrappers_of(outer, inner) == set(), (outer, inner)


def wrappers_of(outer: str, inner: str) -> set[Place]:
    """The wrappers among two calls, one within the other, of the same usage."""
    usage = {"input_tokens": 7, "output_tokens": 1}
    calls = {("t", "0"): {"model": outer, **usage}, ("t", "1"): {"model": inner, **usage}}
    return set(find_wrappers(calls, chain(2)))
