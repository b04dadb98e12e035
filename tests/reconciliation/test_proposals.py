"""Proposed prices: a request that the API takes whole, and that makes both sides agree."""

from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.directory.prices import forget_prices
from chalicelib.kit.clock import DAY, day_of
from chalicelib.metering.rerating import Order, rerate
from chalicelib.models.schemas import AiModelResource
from chalicelib.ports.world import World
from chalicelib.providers.syncing import sync_due
from tests.conftest import NOON
from tests.providers.anthropic import FakeAnthropic, Use, connect, reach
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.feeding import feed
from tests.support.provider import FakeProvider

PATH = "/api/v2/reconciliation"
_MODEL = "claude-sonnet-4-5"
_COUNTS = {
    "uncached_input_tokens": ("inputTokenCount", 1_000, "0.33"),
    "output_tokens": ("outputTokenCount", 100, "0.165"),
    "cache_read_input_tokens": ("cacheReadTokenCount", 2_000, "0.066"),
    "cache_creation.ephemeral_5m_input_tokens": ("cacheCreationTokenCount", 400, "0.165"),
}
"""By kind: the member of a call, its tokens, and cents: a tenth more than the list."""


@pytest.mark.parametrize("world", ["local"], indirect=True)
@pytest.mark.parametrize("kinds", [tuple(_COUNTS), tuple(_COUNTS)[2:]])
def test_a_posted_proposal_rates_the_difference(
    world: World, tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    """Of all kinds of tokens, and where a bill tells no input and no output."""
    at = NOON - DAY
    with FakeProvider() as provider:
        client = Client(reach(world, provider, tmp_path))
        counts = {"inputTokenCount": 0, "outputTokenCount": 0}
        counts |= {_COUNTS[kind][0]: _COUNTS[kind][1] for kind in kinds}
        named = {"provider": "ANTHROPIC", "model": _MODEL, "totalTokenCount": sum(counts.values())}
        body = completion(1, at, totalCost=None, **counts, **named)
        assert client.post("/meter/v2/ai/completions", body).status == 201
        feed(client.world)
        anthropic = FakeAnthropic(provider)
        anthropic.uses = [
            Use(day_of(at), cents, tokens=count, kind=kind, model=_MODEL)
            for kind, (_, count, cents) in _COUNTS.items()
            if kind in kinds
        ]
        connect(client, provider)
        sync_due(client.world)
        before = client.get(PATH).json
        (part,) = before["parts"]
        (proposal,) = client.get(f"{PATH}/prices").json["proposals"]
        assert (part["kind"], part["amount"]) == ("PRICE", proposal["difference"])
        request = proposal["request"]
        assert set(request["body"]) <= set(AiModelResource.model_fields)
        assert client.post(request["path"], request["body"]).status == 200
        team = client.installed.team
        forget_prices(client.world, team)
        order = Order(proposal["effectiveFrom"], day_of(NOON), "", False, False)
        summary = rerate(client.world, team, order, "test")
        (line,) = summary.models.values()
        assert line.unpriced_after == 0
        assert line.after - line.before == Decimal(str(part["amount"])) * 10**9
        feed(client.world)
        after = client.get(PATH).json
        assert (after["parts"], after["metered"]) == ([], before["billed"])
        assert client.get(f"{PATH}/prices").json["proposals"] == []
