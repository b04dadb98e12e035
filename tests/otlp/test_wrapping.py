"""Spans around the span of a call count once, whatever the batches that they come in."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.identity.keys import KeyKind
from chalicelib.identity.records import Principal
from chalicelib.kit.http.bodies import JSON
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.service import take
from chalicelib.ports.world import World
from infra.local.world import build
from tests.conftest import NOON
from tests.otlp.exports import TRACE, as_json, mapped, span, traces
from tests.support.client import Client
from tests.support.clock import Clock

Json = dict[str, Any]


def sender(world: World) -> Principal:
    """Who meters in a new team."""
    installed = Client(world).installed
    return Principal(installed.tenant, installed.team, "test", KeyKind.METERING.scopes)


def call(number: int, parent: int, tokens: int, provider: str = "openai", **more: Any) -> Json:
    """A chat span of so many tokens in and one out."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.output_tokens": 1,
    }
    return span(number, attributes | more, parentSpanId=f"{parent:016x}" if parent else "")


def step(number: int, parent: int) -> Json:
    """A span of an agent's run between calls."""
    told = {"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai"}
    return span(number, told, parentSpanId=f"{parent:016x}" if parent else "")


def counted(spans: Sequence[Json]) -> list[int]:
    """The input tokens of the calls of one batch."""
    drafts = mapped(traces(*spans)).drafts
    return sorted(made.row["input_tokens"] for made in drafts if made.table is AI_EVENTS)


def test_the_innermost_span_is_the_call() -> None:
    assert counted([call(1, 0, 580, "langchain"), call(2, 1, 580)]) == [580]
    assert counted([call(3, 2, 580), call(2, 1, 580), call(1, 0, 580)]) == [580]
    assert counted([call(1, 0, 580), step(2, 1), call(3, 2, 580)]) == [580]


def test_other_usage_other_models_and_siblings_are_calls_of_their_own() -> None:
    assert counted([call(1, 0, 580), call(2, 1, 581)]) == [580, 581]
    other = {"gen_ai.request.model": "gpt-5"}
    assert counted([call(1, 0, 580), call(2, 1, 580, **other)]) == [580, 580]
    assert counted([call(1, 0, 580), call(2, 9, 580)]) == [580, 580]
    assert counted([call(1, 2, 580), call(2, 1, 580)]) in ([], [580])


def test_a_wrapper_may_name_the_model_otherwise_and_count_the_cache_inside() -> None:
    outer = call(1, 0, 1_000, "langchain", **{"gen_ai.request.model": "anthropic/claude-opus-4"})
    inner = call(
        2,
        1,
        1_000,
        "anthropic",
        **{
            "gen_ai.request.model": "claude-opus-4-20250514",
            "gen_ai.usage.cache_read.input_tokens": 900,
        },
    )
    assert counted([outer, inner]) == [100]


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Json], list[list[Json]], list[int]]:
    """Spans of one trace, the same in batches of any order, and the tokens of the calls."""
    number = draw(st.integers(2, 8))
    spans: list[Json] = []
    usage: dict[int, int | None] = {}
    parents: dict[int, int] = {}
    for each in range(1, number + 1):
        parent = draw(st.integers(0, each - 1))
        tokens = draw(st.sampled_from([None, 580, 700]))
        parents[each], usage[each] = parent, tokens
        spans.append(step(each, parent) if tokens is None else call(each, parent, tokens))
    wrappers = set()
    for each in range(1, number + 1):
        above = parents[each]
        while above:
            if usage[each] and usage[above] == usage[each]:
                wrappers.add(above)
            above = parents[above]
    expected = [tokens for each, tokens in usage.items() if tokens and each not in wrappers]
    mixed = draw(st.permutations(spans))
    batches: list[list[Json]] = [[]]
    for each in mixed:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(each)
    again = draw(st.lists(st.sampled_from(mixed), max_size=2))
    return spans, [batch for batch in [*batches, again] if batch], sorted(expected)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(trees(), min_size=1, max_size=1))
def test_in_any_batches_and_any_order_each_call_counts_once(given_: Any) -> None:
    ((spans, batches, expected),) = given_
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)
        for batch in batches:
            take(world, principal, decode((Signal.TRACES,), JSON, as_json(traces(*batch))))
        newest: dict[str, Json] = {}
        versions: Counter[str] = Counter()
        for event in world.events.every(principal.team):
            row = json.loads(event.body)
            versions[event.event_id] += 1
            if event.version >= newest.get(event.event_id, {"version": 0})["version"]:
                newest[event.event_id] = row
    calls = [row for row in newest.values() if "operation_type" in row and not row["deleted"]]
    told = [[(each["spanId"][-1], each["parentSpanId"][-1:]) for each in b] for b in batches]
    assert sorted(row["input_tokens"] for row in calls) == expected, told
    assert {row["trace_id"] for row in calls} <= {TRACE}
    assert counted(spans) == expected


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_what_stands_between_may_come_last(order: tuple[int, ...]) -> None:
    spans = [call(1, 0, 580), step(2, 1), call(3, 2, 580)]
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)
        for place in order:
            take(world, principal, decode((Signal.TRACES,), JSON, as_json(traces(spans[place]))))
        rows = [json.loads(event.body) for event in world.events.every(principal.team)]
    newest = {row["event_id"]: row for row in sorted(rows, key=lambda row: row["version"])}
    kept = [row for row in newest.values() if "operation_type" in row and not row["deleted"]]
    assert [row["transaction_id"] for row in kept] == [f"{3:016x}"]


def test_an_agents_sum_is_told_while_none_of_its_calls_has_come() -> None:
    usage = {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 9}
    agent = step(1, 0)
    agent = agent | {"attributes": agent["attributes"] | usage}
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)

        def refused(*spans: Json) -> int:
            export = decode((Signal.TRACES,), JSON, as_json(traces(*spans)))
            return take(world, principal, export).rejects[Signal.TRACES].number

        other = agent | {"spanId": f"{5:016x}"}
        assert refused(agent) == 1
        assert refused(agent, call(2, 1, 580)) == 0
        assert refused(call(6, 5, 580)) == 0
        assert refused(other) == 0
