"""Rows of reports on bills."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.providers.billed import Billed
from chalicelib.providers.workspaces import Workspace

Json = dict[str, Any]
_PER_MILLION = 1_000_000
NO_KEY, NO_MODEL = "(no key)", "(no model)"


def _figures(group: Billed) -> Json:
    """What every row tells."""
    cost = to_usd(group.cost)
    return {
        "provider": group.names[0],
        "cost": cost,
        "totalCost": cost,
        "creditsApplied": None if group.credits_nano is None else to_usd(group.credits_nano),
        "inputTokens": group.input_tokens,
        "outputTokens": group.output_tokens,
        "cacheReadTokens": group.cache_read_tokens,
        "cacheCreationTokens": group.cache_creation_tokens,
        "totalTokens": group.tokens,
        "requestCount": group.requests,
    }


def show_model(group: Billed, whole: int) -> Json:
    """One model of a provider; `whole` is what all of them were billed, nano-USD."""
    return {
        "model": group.names[1] or NO_MODEL,
        **_figures(group),
        "percentage": _share(group.cost, whole),
        **_per_million(group),
    }


def show_key(group: Billed) -> Json:
    """One key of a provider, or what no key is known of."""
    _, key, name, workspace = group.names
    return {
        "id": key or NO_KEY,
        "name": name or None,
        "partialKeyHint": None,
        "workspaceId": workspace or None,
        **_figures(group),
    }


def show_day(group: Billed) -> Json:
    """One model on one UTC day."""
    figures = _figures(group)
    names = ("provider", "cost", "totalCost", "creditsApplied")
    day = {"date": group.names[2][:10], "model": group.names[1] or None}
    return day | {name: figures[name] for name in names}


def show_workspace(group: Billed, members: Sequence[Workspace | None]) -> Json:
    """The workspaces of one display name."""
    _, workspace_id, shown = group.names
    known = [member for member in members if member]
    own = next((member.own_name for member in known if member.own_name), None)
    return {
        "workspaceId": workspace_id or None,
        "workspace": shown,
        "reveniumName": own,
        "workspaceIds": sorted({member.workspace_id for member in known if member.workspace_id}),
        **_figures(group),
    }


def _share(cost: int, whole: int) -> Decimal | None:
    """Percent, with four decimals."""
    return round(Decimal(100 * cost) / whole, 4) if whole else None


def _per_million(group: Billed) -> Json:
    """USD for a million tokens."""
    if not group.tokens:
        return {"costPerMillionTokens": None}
    return {"costPerMillionTokens": round(to_usd(group.cost * _PER_MILLION) / group.tokens, 9)}
