"""Dimensions: by what calls are grouped, and what a group is called when the call does not say."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """`column` is one of the counted table. `absent` names the group of rows without it; None leaves these out.

    `named` limits how many groups are named, the costliest ones; all further ones are merged into `others`. `hourly`:
    few enough values for a rollup of ai_events by hour; `beside` maps further columns of that rollup to their source.
    """

    name: str
    column: str
    absent: str | None = "UNCLASSIFIED"
    named: int | None = None
    others: str = ""
    hourly: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)


PROVIDER = Dimension("provider", "provider", hourly=True)
MODEL = Dimension("model", "model", hourly=True, beside={"provider": "provider"})
PRODUCT = Dimension("product", "product", hourly=True)
AGENT = Dimension("agent", "agent", hourly=True)
TASK = Dimension("task", "task_type")
ORGANIZATION = Dimension("organization", "organization")
TEAM = Dimension("team", "subscriber")
"""The team that a call is charged to is its subscriber."""
API_KEY = Dimension("api-key", "credential", absent="ANONYMOUS", named=20, others="Other API keys")
USER = Dimension("user", "subscriber_email", absent=None)

DIMENSIONS = (PROVIDER, MODEL, PRODUCT, AGENT, TASK, ORGANIZATION, TEAM, API_KEY, USER)
"""Those of ai_events that are rolled up by day, all of them. By hour only what a company has tens of: customers, people
and their keys come in thousands, each active in a few hours a day, and their hourly rollup was measured to be as large
as the events."""

SOURCE = Dimension("model-source", "model_source")
TOOL = Dimension("tool", "tool_id")
TOOL_PROVIDER = Dimension("tool-provider", "tool_provider")
TRACE = Dimension("trace", "trace_id", absent=None)

METERED = "revenium_metered"
"""The cost source of a call that names none."""
ABSENT = {each.column: each.absent for each in (*DIMENSIONS, SOURCE, TOOL, TOOL_PROVIDER)} | {"cost_source": METERED}
"""What a filter calls the rows without a value, by column."""
