"""Unpriced records: counted for the alarm as they come, and named in the log, each name once an
hour."""

from collections import Counter
from collections.abc import Sequence

from chalicelib.directory.registry import registry
from chalicelib.kit.clock import HOUR
from chalicelib.kit.telemetry import count, logger
from chalicelib.metering.drafts import Draft
from chalicelib.ports.world import World
from chalicelib.pricing.usage import Status


def tell_unpriced(world: World, team: str, drafts: Sequence[Draft]) -> None:
    """Count the rated drafts whose cost is unknown."""
    names = Counter(
        _name(draft) for draft in drafts if draft.row.get("price_status") == Status.UNPRICED
    )
    if not names:
        return
    count("UnpricedEvents", names.total(), world.settings.stage)
    for (provider, model), number in names.items():

        def told(provider: str = provider, model: str = model, number: int = number) -> bool:
            logger().warning(
                "no price",
                extra={"team": team, "provider": provider, "model": model, "events": number},
            )
            return True

        registry(world).remember((team, "UNPRICED", provider, model), told, for_ms=HOUR)


def _name(draft: Draft) -> tuple[str, str]:
    row = draft.row
    return (
        ("tool", row["tool_id"])
        if "tool_id" in row
        else (row.get("provider") or "", row.get("model") or "")
    )
