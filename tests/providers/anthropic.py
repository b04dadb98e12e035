"""Anthropic as its analytics interface answers, from a list of what was used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.ports.world import World
from infra.local.outbound import LocalOutbound
from tests.support.client import Client
from tests.support.provider import Answer, Asked, FakeProvider

KEY = "sk-ant-admin01-very-secret-1234"
CREDENTIALS = "/profitstream/v2/api/provider-credentials"


@dataclass(frozen=True)
class Use:
    """What was used of one kind of tokens: a line of cost, and tokens of a line of usage. Amounts
    are in cents."""

    day: str
    cents: str
    model: str = "claude-sonnet-4-5"
    tokens: int = 0
    kind: str = "uncached_input_tokens"
    workspace: str | None = "wrkspc_1"
    key: str | None = "apikey_1"
    list_cents: str = ""
    cost_type: str = "tokens"


class FakeAnthropic:
    """Serves `uses`, which a test may change, in pages of `page_size` rows."""

    def __init__(self, provider: FakeProvider, uses: Sequence[Use] = ()) -> None:
        self.provider, self.uses, self.page_size = provider, list(uses), 1000
        base = "/v1/organizations"
        provider.answer("GET", f"{base}/me", {"id": "org", "type": "organization"})
        names = {"id": "wrkspc_1", "name": "Support", "archived_at": None}
        provider.answer("GET", f"{base}/workspaces", {"data": [names], "has_more": False})
        provider.script("GET", f"{base}/analytics/cost", lambda asked: self._page(asked, cost_row))
        provider.script(
            "GET", f"{base}/analytics/usage", lambda asked: self._page(asked, usage_row)
        )

    def _page(self, asked: Asked, row: Any) -> Answer:
        query = dict(asked.query)
        first, last = query["starting_at"][:10], query["ending_at"][:10]
        rows = [row(use) for use in self.uses if first <= use.day < last]
        begin = int(query.get("page", 0))
        end = begin + self.page_size
        more = end < len(rows)
        page = {"data": rows[begin:end], "has_more": more}
        return Answer({**page, "next_page": str(end) if more else None})


def group_of(use: Use) -> dict[str, Any]:
    return {
        "model": use.model,
        "workspace_id": use.workspace,
        "api_key_id": use.key,
        "service_tier": "standard",
    }


def cost_row(use: Use) -> dict[str, Any]:
    kind = use.kind if use.cost_type == "tokens" else None
    group = {**group_of(use), "cost_type": use.cost_type, "token_type": kind}
    cost = {"amount": use.cents, "list_amount": use.list_cents or use.cents, "currency": "USD"}
    return {"starting_at": f"{use.day}T00:00:00Z", "group": group, "cost": cost}


def usage_row(use: Use) -> dict[str, Any]:
    outer, _, inner = use.kind.partition(".")
    return {
        "starting_at": f"{use.day}T00:00:00Z",
        "group": group_of(use),
        "usage": {outer: {inner: use.tokens} if inner else use.tokens, "requests": 1},
    }


def dollars(uses: Sequence[Use]) -> Decimal:
    return sum((Decimal(use.cents) for use in uses), Decimal(0)) / 100


def reach(world: World, provider: FakeProvider, folder: Path) -> World:
    """The world, which may call a provider on loopback."""
    return replace(world, outbound=LocalOutbound(folder / "outbox", {provider.url}))


def connect(client: Client, provider: FakeProvider, **members: Any) -> dict[str, Any]:
    """A connection as a client makes it."""
    body = {
        "credentialName": "Anthropic",
        "provider": "anthropic",
        "apiKey": KEY,
        "baseUrl": provider.url,
        **members,
    }
    answer = client.post(CREDENTIALS, body)
    assert answer.status == 200, answer.json
    made: dict[str, Any] = answer.json
    return made
