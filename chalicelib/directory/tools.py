"""Registered tools as rating needs them, remembered for a minute."""

from dataclasses import dataclass

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.memory import Memory
from chalicelib.ports.documents import Documents, Record, fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.tools import ToolTariff, tool_tariff_of

TOOL = "TOOL"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as rating needs it; without a pricing it is free of charge."""

    id: str
    version: int
    name: str
    type: str
    provider: str | None
    pricing: ToolTariff | None

    @classmethod
    def of(cls, record: Record) -> "Tool":
        """The tool of its record."""
        doc = record.doc
        price = doc["pricing"]
        return cls(
            id=record.id,
            version=record.version,
            name=doc["name"],
            type=doc["toolType"],
            provider=doc.get("toolProvider"),
            pricing=None if price is None else tool_tariff_of(price),
        )


_memory: Memory[tuple[Documents, str, str], Tool | None] = Memory(10_000)


def tool_of(world: World, team: Scope, tool_id: str) -> Tool | None:
    """The tool that an event names, as it was at most a minute ago. None when nobody registered
    it."""

    def load() -> Tool | None:
        record = world.documents.find(team, TOOL, "toolId", tool_id)
        return None if record is None else Tool.of(record)

    key = (world.documents, team, fold(tool_id))
    return _memory.recall(key, world.now(), MINUTE, load)


def forget_tool(world: World, team: Scope, tool_id: str) -> None:
    """Have rating read the tool again."""
    _memory.forget((world.documents, team, fold(tool_id)))
