"""Unpriced records: counted for the alarm as they come, and named in the log, each name once an
hour."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from chalicelib.directory.registry import registry
from chalicelib.kit.clock import HOUR
from chalicelib.kit.logs import logger
from chalicelib.kit.telemetry import count
from chalicelib.metering.drafts import Draft
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.usage import UNPRICED


def tell_unpriced(world: World, team: Scope, drafts: Sequence[Draft]) -> None:
    """Count the rated drafts whose cost is unknown."""
    names: Counter[tuple[str, str]] = Counter()
    for draft in drafts:
        if draft.row.get("price_status") == UNPRICED:
            names[_name(draft)] += 1
    if not names:
        return
    count("UnpricedEvents", names.total(), world.settings.stage)
    for (provider, model), number in names.items():
        warn = partial(_warn, team, provider, model, number)
        registry(world).remember((team, "UNPRICED", provider, model), warn, for_ms=HOUR)


def _warn(team: Scope, provider: str, model: str, number: int) -> bool:
    """Tell the log of a name without a price; True, as what is remembered of it."""
    facts = {"team": team, "provider": provider, "model": model, "events": number}
    logger().warning("no price", extra=facts)
    return True


def _name(draft: Draft) -> tuple[str, str]:
    """Provider and model, or "tool" and the tool's id."""
    row = draft.row
    if "tool_id" in row:
        return "tool", row["tool_id"]
    return row.get("provider") or "", row.get("model") or ""
