"""The registry's memory has an end, and forgetting costs a look-up, never an answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.directory import registry
from chalicelib.ports.world import World


def test_what_is_known_is_not_looked_up_again_until_it_is_forgotten(
    local_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_MOST", 2)
    memory = registry.Registry(local_world)
    asked: list[str] = []
    for name in "aabcaa":
        assert (
            memory.remember(("team", name), lambda name=name: asked.append(name) or name.upper())
            == name.upper()
        )
    assert asked == ["a", "b", "c", "a"]


def test_threads_that_make_each_other_forget_still_get_their_answers(
    local_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_MOST", 1)
    memory = registry.Registry(local_world)
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(
            lambda n: memory.remember(("team", str(n % 3)), lambda: n % 3) == n % 3, range(20_000)
        )
        assert all(answers)
