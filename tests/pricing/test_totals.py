"""Tokens that a call's total says and its parts do not: charged where it is certain what they are,
else unpriced with a reason."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import day_start
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import CallCost, Reason, Source, Status, Usage
from tests.pricing.pins import little_book
from tests.pricing.prices import Fixed, flat_rates, priced

DAY = day_start("2026-11-22")
MILLION = 10**6
CHAT = priced(flat_rates(0, input=MILLION, output=10 * MILLION, reasoning=20 * MILLION))
EMBEDDING = priced(flat_rates(0, input=MILLION))
ONE_RATE = priced(flat_rates(3 * MILLION))


def cost_of(price: Any, **members: Any) -> CallCost:
    return rate(Usage("acme", "m", DAY, **members), Fixed(price))


@pytest.mark.parametrize(
    ("price", "members", "nano"),
    [
        # reasoning beside the output, as the total proves
        (CHAT, {"input": 100, "output": 50, "reasoning": 30, "total": 180}, 100 + 500 + 600),
        (CHAT, {"input": 100, "output": 20, "reasoning": 300, "total": 420}, 100 + 200 + 6_000),
        (CHAT, {"input": 100, "output": 0, "reasoning": 30, "total": 130}, 100 + 600),
        # and inside, as it proves as well
        (CHAT, {"input": 100, "output": 50, "reasoning": 30, "total": 150}, 100 + 200 + 600),
        # the input or the output alone is missing
        (CHAT, {"output": 50, "total": 5_050}, 5_000 + 500),
        (CHAT, {"input": 100, "total": 150}, 100 + 500),
        # what makes no text has an input only
        (EMBEDDING, {"total": 5_000}, 5_000),
        # one rate for all
        (ONE_RATE, {"total": 5_000}, 15_000),
        (ONE_RATE, {"input": 10, "output": 10, "total": 5_000}, 15_000),
        # a total that is too small says nothing
        (CHAT, {"input": 100, "output": 50, "total": 20}, 100 + 500),
        (CHAT, {"input": 100, "output": 50}, 100 + 500),
    ],
)
def test_what_is_certain_is_charged(price: Any, members: dict[str, int], nano: int) -> None:
    cost = cost_of(price, **members)
    assert (cost.status, cost.cost, cost.reason) == (Status.PRICED, nano, None)
    assert sum(leg or 0 for leg in cost.legs) == nano


@pytest.mark.parametrize(
    ("price", "members"),
    [
        (CHAT, {"total": 5_000}),
        (CHAT, {"input": 100, "output": 50, "total": 151}),
        (CHAT, {"input": 100, "output": 50, "reasoning": 30, "total": 200}),
        (EMBEDDING, {"input": 100, "total": 5_000}),
    ],
)
def test_what_is_not_is_unpriced(price: Any, members: dict[str, int]) -> None:
    cost = cost_of(price, **members)
    assert (cost.status, cost.cost, cost.reason) == (
        Status.UNPRICED,
        None,
        Reason.UNCLEAR_TOKENS,
    )


def test_what_a_total_of_gemini_has_beside_its_parts_is_thoughts_and_told() -> None:
    def cost(model: str, **members: int) -> CallCost:
        return rate(Usage("google", model, DAY, **members), Fixed(CHAT))

    thinking = cost("models/Gemini-2.5-flash", input=100, output=50, total=180)
    assert (thinking.cost, thinking.status) == (100 + 500 + 30 * 20, Status.PRICED)
    assert thinking.price_version.endswith("+thoughts-of-total")
    plain = cost("gemini-2.5-flash", input=100, output=50, total=150)
    assert (plain.cost, "thoughts" in plain.price_version) == (100 + 500, False)
    both = cost("gemini-2.5-flash", input=100, output=50, reasoning=20, total=180)
    assert both.reason is Reason.UNCLEAR_TOKENS


def test_a_total_alone_of_a_model_without_a_price_lacks_the_price() -> None:
    assert cost_of(None, total=5).reason is Reason.NO_PRICE


def test_a_picture_whose_tokens_stand_in_the_total_alone_is_not_free() -> None:
    cost = rate(Usage("acme", "m", DAY, kind="IMAGE", total=900), Fixed(CHAT))
    assert (cost.status, cost.reason) == (Status.UNPRICED, Reason.UNCLEAR_TOKENS)


@pytest.mark.parametrize("kind", ["COMPLETION", "AUDIO", "IMAGE", "VIDEO"])
@pytest.mark.parametrize("model", ["gpt-4o", "model-nobody-made"])
def test_a_failed_call_without_tokens_is_free(kind: str, model: str) -> None:
    failed = Usage("OPENAI", model, DAY, kind=kind, failed=True)
    cost = rate(failed, little_book())
    assert (cost.status, cost.source, cost.cost, cost.reason) == (
        Status.FREE,
        Source.SKIPPED,
        0,
        None,
    )
    used = rate(replace(failed, input=10), little_book())
    assert used.cost != 0


def test_a_failed_call_whose_tokens_stand_in_the_total_is_not_free() -> None:
    assert rate(Usage("OPENAI", "gpt-4o", DAY, failed=True, total=9), little_book()).cost is None


COUNT = st.integers(0, 10**9)


@given(COUNT, COUNT, COUNT, COUNT)
def test_a_total_never_makes_a_call_cheaper(
    given_input: int, output: int, reasoning: int, total: int
) -> None:
    parts = {"input": given_input, "output": output, "reasoning": reasoning}
    alone, told = cost_of(CHAT, **parts).cost, cost_of(CHAT, **parts, total=total).cost
    assert alone is not None
    assert told is None or told >= alone
