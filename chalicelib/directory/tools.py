"""Registered tools as rating needs them, remembered for a minute."""

from typing import NamedTuple

from chalicelib.directory.remembered import Remembered
from chalicelib.ports.documents import fold
from chalicelib.ports.world import World
from chalicelib.pricing.tools import ToolPricing, pricing_of

TOOL = "TOOL"


class Tool(NamedTuple):
    """A tool as rating needs it; without a pricing it is free of charge."""

    id: str
    version: int
    name: str
    type: str
    provider: str | None
    pricing: ToolPricing | None


_known: Remembered[Tool | None] = Remembered()


def tool_of(world: World, team: str, tool_id: str) -> Tool | None:
    """The tool that an event names, as it was at most a minute ago. None when nobody registered
    it."""

    def load() -> Tool | None:
        record = world.documents.find(team, TOOL, "toolId", tool_id)
        if record is None:
            return None
        doc = record.doc
        price = doc["pricing"]
        return Tool(
            record.id,
            record.version,
            doc["name"],
            doc["toolType"],
            doc.get("toolProvider"),
            None if price is None else pricing_of(price),
        )

    return _known.get(world, team, fold(tool_id), load)


def forget(world: World, team: str, tool_id: str) -> None:
    """Have rating read the tool again."""
    _known.forget(world, team, fold(tool_id))
