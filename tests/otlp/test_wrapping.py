"""Spans around the span of a call count once, whatever the batches that they come in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
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
from chalicelib.metering.untold import read_untold
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.service import take
from chalicelib.otlp.spans import span_drafts
from chalicelib.ports.world import World
from infra.local.world import build
from tests.conftest import NOON
from tests.otlp.exports import BOUNDS, TRACE, as_json, mapped, span, traces
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


def call_of_700(number: int, parent: int) -> Json:
    """A chat span of its own."""
    return call(number, parent, 700)


def cost_alone(number: int, parent: int, **more: Any) -> Json:
    """A chat span that tells what the call cost, and no tokens."""
    told = call(number, parent, 0, "langchain", **{"gen_ai.usage.output_tokens": 0}, **more)
    return told | {"attributes": told["attributes"] | {"gen_ai.usage.cost": 0.01}}


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
    more = {"gen_ai.usage.output_tokens": 2}
    assert counted([call(1, 0, 580, **more), call(2, 1, 580), call(3, 1, 9, **more)]) == [
        9,
        580,
        580,
    ]
    other = {"gen_ai.request.model": "gpt-5"}
    assert counted([call(1, 0, 580), call(2, 1, 580, **other)]) == [580, 580]
    assert counted([call(1, 0, 580), call(2, 9, 580)]) == [580, 580]
    assert counted([call(1, 2, 580), call(2, 1, 580)]) == [580, 580]


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


def test_a_span_of_a_cost_alone_stands_around_any_call_of_its_model() -> None:
    assert counted([cost_alone(1, 0), call(2, 1, 580)]) == [580]
    assert counted([cost_alone(1, 0), step(2, 1), call(3, 2, 580), call(4, 2, 7)]) == [7, 580]
    assert counted([cost_alone(1, 0), cost_alone(2, 1)]) == [0]
    assert counted([cost_alone(1, 0)]) == [0]
    assert counted([cost_alone(1, 0), call(2, 0, 580)]) == [0, 580]
    assert counted([call(1, 0, 580), cost_alone(2, 1)]) == [0, 580]
    for name in ("gpt-5", "gpt-4o", "gpt-4o-mini-high"):
        other = {"gen_ai.request.model": name}
        assert counted([cost_alone(1, 0, **other), call(2, 1, 580)]) == [0, 580], name
    for name in ("gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini", "gpt-4o-mini-latest"):
        same = {"gen_ai.request.model": name}
        assert counted([cost_alone(1, 0, **same), call(2, 1, 580)]) == [580], name


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_used_nothing_explains_no_cost(order: Sequence[int]) -> None:
    """A call that failed, within one that tells a cost."""
    failed = call(2, 1, 0, **{"gen_ai.usage.output_tokens": 0})
    failed |= {"status": {"code": 2}}
    spans = [cost_alone(1, 0), failed]
    kept = calls_after([[spans[place]] for place in order])
    assert {row.get("stated_cost_nano") for row in kept} == {10_000_000, None}
    assert len(counted(spans)) == 2


def test_calls_that_tell_nothing_are_counted_for_the_doctor(tmp_path: Path) -> None:
    nothing = {"gen_ai.usage.output_tokens": 0}
    empty = [call(number, 0, 0, **nothing) for number in (1, 2)]
    around = [call(3, 0, 0, **nothing), step(4, 3), call(5, 4, 700)]
    failed = call(6, 0, 0, **nothing) | {"status": {"code": 2}}
    export = decode((Signal.TRACES,), JSON, as_json(traces(*empty, *around, failed)))
    rejects = span_drafts(export.spans, BOUNDS).rejects
    assert (rejects.empty, rejects.message) == (2, "")
    world = build(tmp_path)
    principal = sender(world)
    body = as_json(traces(*empty, *around))
    take(world, principal, decode((Signal.TRACES,), JSON, body))
    assert read_untold(world, principal.team) == [("empty", 2)]


def foreign(number: int, parent: int) -> Json:
    """A span that tells nothing of AI, of a resource that else tells nothing of it either."""
    told = {"http.request.method": "POST"}
    return span(number, told, parentSpanId=f"{parent:016x}" if parent else "")


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[list[Json]], list[int]]:
    """Spans of one trace in batches of any order, and the tokens of the calls.

    A span is a call of its own tokens, a wrapping of the one below it, a sum of all calls below it,
    the cost of what is below it, a step or a foreign span. Calls of their own have powers of two
    for tokens, so that no sum comes out by chance.
    """
    number = draw(st.integers(2, 9))
    parents = {each: draw(st.integers(max(0, each - 3), each - 1)) for each in range(1, number + 1)}
    kinds = st.sampled_from(["call", "call", "sum", "same", "cost", "step", "foreign"])
    spans: dict[int, Json] = {}
    used: dict[int, tuple[int, int]] = {}
    calls: dict[int, list[int]] = {each: [] for each in range(number + 1)}
    expected: list[int] = []
    for each in range(number, 0, -1):
        kind, within = draw(kinds), calls[each]
        if kind == "step":
            spans[each] = step(each, parents[each])
        elif kind == "foreign":
            spans[each] = foreign(each, parents[each])
        elif kind == "cost":
            spans[each], used[each] = cost_alone(each, parents[each]), (0, 0)
            if not within:
                within = [each]
                expected.append(0)
        else:
            usage = (2**each, 1)
            if kind == "same" and within:
                usage = used[draw(st.sampled_from(within))]
            elif kind == "sum" and len(within) > 1:
                usage = (sum(used[one][0] for one in within), sum(used[one][1] for one in within))
            else:
                within = [*within, each]
                expected.append(usage[0])
            used[each] = usage
            output = {"gen_ai.usage.output_tokens": usage[1]}
            spans[each] = call(each, parents[each], usage[0], **output)
        calls[parents[each]] += within
    batches: list[list[Json]] = [[]]
    for one in draw(st.permutations(list(spans.values()))):
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    again = draw(st.lists(st.sampled_from(list(spans.values())), max_size=2))
    return [batch for batch in [*batches, again] if batch], sorted(expected)


def calls_after(
    batches: Sequence[Sequence[Json]], rejected: int = 0, export_of: Callable[..., Json] = traces
) -> list[Json]:
    """The calls that are stored after some batches of one trace, of which so many spans are
    refused."""
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)
        for batch in batches:
            export = decode((Signal.TRACES,), JSON, as_json(export_of(*batch)))
            rejected -= take(world, principal, export).rejects[Signal.TRACES].number
        assert rejected == 0
        newest: dict[str, Json] = {}
        for event in world.events.every(principal.team):
            row = json.loads(event.body)
            if event.version >= newest.get(event.event_id, {"version": 0})["version"]:
                newest[event.event_id] = row
    return [row for row in newest.values() if "operation_type" in row and not row["deleted"]]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trees())
def test_in_any_batches_and_any_order_each_call_counts_once(
    given_: tuple[list[list[Json]], list[int]],
) -> None:
    batches, expected = given_
    calls = calls_after(batches)
    told = [[(each["spanId"][-1], each["parentSpanId"][-1:]) for each in b] for b in batches]
    assert sorted(row["input_tokens"] for row in calls) == expected, told
    assert {row["trace_id"] for row in calls} <= {TRACE}
    together = [each for batch in batches for each in batch]
    unique = {each["spanId"]: each for each in together}
    assert counted(list(unique.values())) == expected


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("between", [step, foreign, call_of_700])
def test_a_call_within_another_span_within_its_wrapping_in_three_batches(
    between: Callable[[int, int], Json], order: Sequence[int]
) -> None:
    spans = [call(1, 0, 580), between(2, 1), call(3, 2, 580)]
    kept = calls_after([[spans[place]] for place in order])
    expected = {f"{3:016x}"} | ({f"{2:016x}"} if between is call_of_700 else set())
    assert {row["transaction_id"] for row in kept} == expected


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_sum_of_the_calls_within_is_none_in_any_order(order: Sequence[int]) -> None:
    summed = call(1, 0, 580 + 700, **{"gen_ai.usage.output_tokens": 2})
    other = {"gen_ai.request.model": "gpt-5"}
    spans = [summed, call(2, 1, 580), call(3, 1, 700, **other)]
    kept = calls_after([[spans[place]] for place in order])
    assert sorted(row["input_tokens"] for row in kept) == [580, 700]


def test_only_the_exact_sum_is_none() -> None:
    two = {"gen_ai.usage.output_tokens": 2}
    inner = [call(2, 1, 580), call(3, 1, 700)]
    assert counted([call(1, 0, 1_280, **two), *inner]) == [580, 700]
    assert counted([call(1, 0, 1_281, **two), *inner]) == [580, 700, 1_281]
    assert counted([call(1, 0, 1_280), *inner]) == [580, 700, 1_280]


def test_of_traces_without_any_call_only_some_leave_a_note() -> None:
    """They may be all of somebody's web server."""
    spans = [foreign(2, 1) | {"traceId": f"{number:032x}"} for number in range(1, 400)]
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)
        take(world, principal, decode((Signal.TRACES,), JSON, as_json(traces(*spans))))
        assert len(list(world.events.every(principal.team))) == 100


@pytest.mark.parametrize(
    "told",
    [
        {"agent_name": "a", "model_name": "gpt-4o-mini"},
        {"gen_ai.operation.name": "chain", "langsmith.span.kind": "chain"},
        {"openinference.span.kind": "CHAIN"},
        {"gen_ai.operation.name": "framework"},
    ],
)
def test_what_stands_above_calls_sums_them_up_whatever_it_is_called(told: Json) -> None:
    """pydantic-ai up to 1.x, LangSmith, OpenInference for CrewAI, OpenLIT."""
    usage = {"gen_ai.usage.input_tokens": 1_280, "gen_ai.usage.output_tokens": 2}
    outer = span(1, told | usage)
    inner = [call(2, 1, 580), call(3, 1, 700)]
    batch = mapped(traces(outer, *inner))
    assert (batch.rejects.message, batch.left) == ("", {})
    assert len(mapped(traces(outer)).left) == 1
    kept = calls_after([inner, [outer]])
    assert sorted(row["input_tokens"] for row in kept) == [580, 700]
    assert calls_after([[outer]], rejected=1) == []
    failed = call(2, 1, 0, **{"gen_ai.usage.output_tokens": 0}) | {"status": {"code": 2}}
    assert len(mapped(traces(outer, failed)).left) == 1


def test_an_agents_sum_is_told_while_none_of_its_calls_has_come() -> None:
    usage = {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 9}
    agent = step(1, 0)
    agent = agent | {"attributes": agent["attributes"] | usage}
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)

        def told(*spans: Json) -> str:
            export = decode((Signal.TRACES,), JSON, as_json(traces(*spans)))
            rejects = take(world, principal, export).rejects[Signal.TRACES]
            assert rejects.number == 0
            return rejects.message

        other = agent | {"spanId": f"{5:016x}"}
        assert told(agent).startswith("spans[0]: it sums up")
        assert not told(agent, call(2, 1, 580))
        assert not told(call(6, 5, 580))
        assert not told(other)
        assert read_untold(world, principal.team) == [("early", 1)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_an_embedding_of_the_ai_sdk_counts_once_and_is_no_reject(
    order: Sequence[int], together: bool
) -> None:
    told = {
        "ai.model.id": "text-embedding-3-small",
        "ai.model.provider": "openai.embedding",
        "ai.usage.tokens": 7,
    }
    spans = [
        span(1, {"operation.name": "ai.embed", "ai.operationId": "ai.embed", **told}),
        span(
            2,
            {"operation.name": "ai.embed.doEmbed", "ai.operationId": "ai.embed.doEmbed", **told},
            parentSpanId=f"{1:016x}",
        ),
    ]
    ordered = [spans[place] for place in order]
    kept = calls_after([ordered] if together else [[one] for one in ordered], rejected=0)
    assert [(row["transaction_id"], row["input_tokens"]) for row in kept] == [(f"{2:016x}", 7)]


def count_stored(*spans: Json) -> int:
    """The events that a batch leaves: calls, other spans, notes."""
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=Clock(NOON))
        principal = sender(world)
        take(world, principal, decode((Signal.TRACES,), JSON, as_json(traces(*spans))))
        return len(list(world.events.every(principal.team)))


def test_a_trace_leaves_a_note_only_while_a_call_may_become_a_sum() -> None:
    two = {"gen_ai.usage.output_tokens": 2}
    inner = [call(2, 1, 580), call(3, 1, 700)]
    assert count_stored(call(1, 0, 99), *inner) == 3, "the two come to more than the one has"
    assert count_stored(call(1, 0, 99, **two), *inner) == 4
    assert count_stored(call(1, 0, 99), *inner, call(4, 3, 5)) == 5, "three deep"
    assert count_stored(call(1, 0, 99), *inner, step(4, 1)) == 5, "what comes below the step"
    assert count_stored(call(1, 9, 99), *inner) == 4, "what stands above comes later"


def test_a_sum_whose_calls_come_one_by_one_below_it() -> None:
    summed = call(1, 0, 1_300, **{"gen_ai.usage.output_tokens": 3})
    parts = [call(number, 1, tokens) for number, tokens in ((2, 580), (3, 700), (4, 20))]
    kept = calls_after([[summed, parts[0]], [parts[1]], [parts[2]]])
    assert sorted(row["input_tokens"] for row in kept) == [20, 580, 700]
