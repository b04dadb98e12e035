"""Two instrumentations that tell of one call side by side: it counts once, and calls in parallel
stay what they are."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.lake.tables import AI_EVENTS
from chalicelib.otlp.frames import Frame, Place
from chalicelib.otlp.siblings import find_twins
from chalicelib.otlp.trees import Part
from tests.conftest import NOON
from tests.otlp.exports import mapped
from tests.otlp.test_wrapping import call, calls_after, step

Json = dict[str, Any]
SCOPES = ("langchain", "openinference", "openai")
NANOS = 1_000_000
BEGUN = (NOON - 60_000) * NANOS


def told(number: int, scope: str, first: int, last: int, tokens: int = 580, **more: Any) -> Json:
    """The span of a scope below span 99; its times are µs after the begin."""
    times = {
        "startTimeUnixNano": BEGUN + first * 1_000,
        "endTimeUnixNano": BEGUN + last * 1_000,
    }
    return call(number, more.pop("parent", 99), tokens, **more) | times | {"scope": scope}


def export_of(*spans: Json) -> Json:
    """An export of spans, each with the scope that it names."""
    scopes = [
        {
            "scope": {"name": each.get("scope", "test")},
            "spans": [{name: value for name, value in each.items() if name != "scope"}],
        }
        for each in spans
    ]
    return {"resourceSpans": [{"resource": {}, "scopeSpans": scopes}]}


def counted(*spans: Json) -> list[str]:
    """The last digits of the ids of the calls of one batch."""
    drafts = mapped(export_of(*spans)).drafts
    return sorted(each.row["transaction_id"][-2:] for each in drafts if each.table is AI_EVENTS)


def test_the_one_within_the_others_time_is_the_call() -> None:
    outer, inner = told(1, "langchain", 0, 100), told(2, "openai", 1, 99)
    for spans in permutations([outer, inner, step(99, 0)]):
        assert counted(*spans) == ["02"]
    assert counted(outer, told(2, "openai", 0, 100)) in (["01"], ["02"])


def test_what_else_stands_side_by_side_is_a_call_of_its_own() -> None:
    outer = told(1, "langchain", 0, 100)
    others = {
        "same scope": told(2, "langchain", 1, 99),
        "ends later": told(2, "openai", 1, 101),
        "begins before": told(2, "openai", 0, 99) | {"startTimeUnixNano": BEGUN - 1},
        "after it": told(2, "openai", 101, 199),
        "other usage": told(2, "openai", 1, 99, 581),
        "other model": told(2, "openai", 1, 99, **{"gen_ai.request.model": "gpt-4o"}),
        "other parent": told(2, "openai", 1, 99, parent=98),
        "other trace": told(2, "openai", 1, 99) | {"traceId": f"{7:032x}"},
        "no usage": told(2, "openai", 1, 99, 0, **{"gen_ai.usage.output_tokens": 0}),
    }
    for reason, other in others.items():
        assert len([each for each in counted(outer, other) if each in ("01", "02")]) == (
            1 if reason == "no usage" else 2
        ), reason
    ids = [{"gen_ai.response.id": f"chatcmpl-of-this-one-{number}"} for number in range(2)]
    two = told(1, "langchain", 0, 100, **ids[0]), told(2, "openai", 1, 99, **ids[1])
    assert counted(*two) == ["01", "02"]
    roots = [told(1, "langchain", 0, 100, parent=0), told(2, "openai", 1, 99, parent=0)]
    assert counted(*roots) == ["01", "02"]


def test_of_calls_in_parallel_none_is_lost() -> None:
    """Nobody can tell whose span is whose: all of them stay."""
    outer = [told(number, "langchain", number, 100 - number) for number in (1, 2, 3)]
    inner = [told(10 + number, "openai", 10 + number, 80 - number) for number in (1, 2, 3)]
    assert len(counted(*outer)) == len(counted(*inner)) == 3
    assert len(counted(*outer, *inner)) == 6
    assert len(counted(*outer[:1], *inner)) == 4
    nested = [told(1, "langchain", 0, 100), told(2, "openai", 1, 99)]
    nested += [told(3, "langchain", 2, 50), told(4, "openai", 3, 49)]
    for spans in permutations(nested):
        assert len(counted(*spans)) == 4
    # Not in parallel: each pair is alone.
    pairs = [told(1, "langchain", 0, 100), told(2, "openai", 1, 99)]
    pairs += [told(3, "langchain", 50, 200), told(4, "openai", 51, 199)]
    for spans in permutations(pairs):
        assert counted(*spans) == ["02", "04"]


def test_what_begins_or_ends_long_before_or_after_is_another_call() -> None:
    """A call that one instrumentation tells of may lie in the time of one that the other tells."""
    most = 2_000_000
    for first, last in ((0, 100 + most), (-most, 100)):
        assert counted(told(1, "langchain", first, last), told(2, "openai", 0, 100)) == ["02"]
    for first, last in ((0, 101 + most), (-1 - most, 100)):
        assert counted(told(1, "langchain", first, last), told(2, "openai", 0, 100)) == ["01", "02"]


def test_a_chain_has_one_id() -> None:
    ids = [{"gen_ai.response.id": f"chatcmpl-of-this-one-{number}"} for number in range(2)]
    outer, inner = told(1, "langchain", 0, 100, **ids[0]), told(3, "openai", 2, 98, **ids[1])
    assert len(counted(outer, told(2, "openinference", 1, 99), inner)) == 3


def test_clocks_of_milliseconds_make_no_difference() -> None:
    for scopes in permutations(("langchain", "openai")):
        spans = [told(1, scopes[0], 0, 100), told(2, scopes[1], 0, 100)]
        spans += [told(3, scopes[0], 200, 300), told(4, scopes[1], 201, 299)]
        assert len(counted(*spans)) == 2


def test_one_that_has_the_id_of_the_other_enriches_it() -> None:
    identity = {"gen_ai.response.id": "chatcmpl-9f4e4e8d085945be"}
    outer, inner = told(1, "langchain", 0, 100, **identity), told(3, "openai", 2, 98, **identity)
    between = told(2, "openinference", 1, 99)
    assert counted(outer, inner) == ["01", "03"], "one event by its id"
    assert counted(outer, between, inner) == ["01", "03"]
    for order in permutations([outer, between, inner]):
        assert len(calls_after([[each] for each in order], export_of=export_of)) == 1


def test_one_that_tells_of_cached_tokens_stays() -> None:
    """The other one's cost would be wrong: opentelemetry-instrumentation-openai-v2 tells none."""
    cached = {"gen_ai.usage.cache_read.input_tokens": 300}
    ids = [{"gen_ai.response.id": "chatcmpl-9f4e4e8d085945be"}, {}]
    for outer_id, inner_id in (*permutations(ids), (ids[0], ids[0]), (ids[1], ids[1])):
        outer = told(1, "langchain", 0, 100, **cached, **outer_id)
        inner = told(2, "openai", 5, 95, **inner_id)
        for order in permutations([outer, inner]):
            (alone,) = calls_after([[each] for each in order], export_of=export_of)
            assert alone["cache_read_tokens"] == 300
            (kept,) = calls_after([order], export_of=export_of)
            assert kept["cache_read_tokens"] == 300
    spans = [told(1, "langchain", 0, 100, **cached), told(2, "openinference", 5, 95, **cached)]
    spans.append(told(3, "openai", 10, 90))
    for order in permutations(spans):
        assert counted(*order) == ["02"]
        (kept,) = calls_after([[each] for each in order], export_of=export_of)
        assert kept["transaction_id"][-1] == "2"


def test_beside_a_wrapping_stands_what_is_within_it() -> None:
    outer, within = told(1, "langchain", 0, 100), told(2, "langsmith", 5, 95, parent=1)
    beside = told(3, "openai", 10, 90)
    for order in permutations([outer, within, beside]):
        assert counted(*order) == ["03"]
        assert len(calls_after([[each] for each in order], export_of=export_of)) == 1
    # The usage of what stands above them is their sum, not twice that.
    total = call(99, 0, 1_160, **{"gen_ai.usage.output_tokens": 2})
    again = [told(4, "langchain", 200, 300), told(5, "openai", 210, 290)]
    assert counted(total, outer, beside, *again) == ["03", "05"]


@st.composite
def doubled(draw: st.DrawFn, *, nested: bool) -> tuple[list[Json], int]:
    """Calls that each of some instrumentations tells of, and how many they are; `nested` ones may
    lie within the time of others in any way."""
    scopes = SCOPES[: draw(st.integers(1, 3))]
    number = draw(st.integers(1, 5))
    spans: list[Json] = []
    for each in range(number):
        tokens = draw(st.sampled_from([580, 700]))
        parent = draw(st.sampled_from([98, 99]))
        first = draw(st.integers(0, 40)) if nested else 1_000 * each
        last = first + 200 + (draw(st.integers(0, 80)) if nested else 0)
        has_id = draw(st.booleans())
        for depth, scope in enumerate(scopes):
            more = {"gen_ai.response.id": f"chatcmpl-of-this-one-{each}"} if has_id else {}
            has_id = has_id and draw(st.booleans())
            margin = 10 * depth
            spans.append(
                told(
                    len(spans) + 1,
                    scope,
                    first + margin,
                    last - margin,
                    tokens,
                    parent=parent,
                    **more,
                )
            )
    return spans, number


def events_of(spans: Sequence[Json]) -> int:
    """The events that one batch makes."""
    drafts = mapped(export_of(*spans)).drafts
    return len({each.identity for each in drafts if each.table is AI_EVENTS})


@settings(max_examples=300, deadline=None)
@given(doubled(nested=True), st.randoms(use_true_random=False))
def test_in_one_batch_no_call_is_lost(given_: tuple[list[Json], int], random: Any) -> None:
    spans, number = given_
    random.shuffle(spans)
    assert events_of(spans) >= number


@settings(max_examples=100, deadline=None)
@given(st.booleans(), st.data())
def test_in_any_batches_no_call_is_lost(nested: bool, data: st.DataObject) -> None:
    """And of those that come one after the other, without ids of their own, each counts once."""
    spans, number = data.draw(doubled(nested=nested))
    batches: list[list[Json]] = [[]]
    for one in data.draw(st.permutations(spans)):
        if data.draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    again = data.draw(st.lists(st.sampled_from(spans), max_size=2))
    above = [step(98, 97), step(99, 97)]
    kept = calls_after([each for each in [*batches, again, above] if each], export_of=export_of)
    told_batches = [[each["spanId"][-2:] for each in batch] for batch in batches]
    assert len(kept) >= number, told_batches
    if not nested and "gen_ai.response.id" not in str(spans):
        assert len(kept) == number, told_batches


def test_notes_of_earlier_releases_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Part.as_json

    def older(part: Any) -> Mapping[str, Any]:
        return {name: value for name, value in whole(part).items() if name != "frames"}

    monkeypatch.setattr(Part, "as_json", older)
    spans = [told(1, "langchain", 0, 100), told(2, "langchain", 5, 95, parent=1)]
    kept = calls_after([[spans[1]], [spans[0]]], export_of=export_of)
    assert [row["transaction_id"][-1] for row in kept] == ["2"]


def test_very_many_calls_at_once_take_time_that_grows_with_them_alone() -> None:
    frames: dict[Place, Frame] = {
        ("t", str(number)): Frame(SCOPES[number % 2], number, 100_000 - number)
        for number in range(5_000)
    }
    asked: list[int] = []

    def is_same(outer: Place, inner: Place) -> bool:
        asked.append(1)
        return True

    assert not find_twins(list(frames), frames, is_same, lambda _: False).wrappers
    assert len(asked) < 10_000
