"""Dimensions: by what calls are grouped, and what a group is called when the call does not say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """What calls are grouped by: a column of their table. `absent` names the group of rows without
    a value in it; None leaves these out.

    `named` limits how many groups are named, the costliest ones; all further ones are merged into
    `others`. `crowded` does so in series, every bucket of which holds all figures of all groups, so
    many of them: a page must fit into an answer of Lambda (6 MB). `hourly`: few enough values for a
    rollup of ai_events by hour; `beside` maps further columns of that rollup to their source.
    `ident` is the column of the values' ids.
    """

    name: str
    column: str
    absent: str | None = "UNCLASSIFIED"
    named: int | None = None
    crowded: int | None = None
    others: str = ""
    hourly: bool = False
    ident: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)


PROVIDER = Dimension("provider", "provider", hourly=True)
MODEL = Dimension("model", "model", hourly=True, beside={"provider": "provider"})
PRODUCT = Dimension("product", "product", hourly=True, ident="product_id")
AGENT = Dimension("agent", "agent", hourly=True)
TASK = Dimension("task", "task_type")
CROWDED = 100
ORGANIZATION = Dimension(
    "organization",
    "organization",
    crowded=CROWDED,
    others="Other organizations",
    ident="organization_id",
)
TEAM = Dimension("team", "subscriber", crowded=CROWDED, others="Other teams")
"""The team that a call is charged to is its subscriber. The rollup by user tells it."""
API_KEY = Dimension(
    "api-key",
    "credential",
    absent="ANONYMOUS",
    named=20,
    others="Other API keys",
    ident="credential_id",
)
USER = Dimension(
    "user",
    "subscriber_email",
    absent=None,
    crowded=CROWDED,
    others="Other users",
    beside={"value_id": TEAM.column},
)
SOURCE = Dimension("model-source", "model_source")
TRACE_TYPE = Dimension("trace-type", "trace_type", absent="unknown")
VENDOR = replace(PROVIDER, name="vendor")
"""What some reports call a provider."""
CUSTOMER = replace(ORGANIZATION, name="customer")
"""What some reports call an organization."""

DIMENSIONS = (
    PROVIDER,
    MODEL,
    PRODUCT,
    AGENT,
    TASK,
    SOURCE,
    TRACE_TYPE,
    ORGANIZATION,
    API_KEY,
    USER,
)
"""Those of ai_events that are rolled up by day, all of them. By hour only what a company has tens
of: customers, people and their keys come in thousands, each active in a few hours a day, and their
hourly rollup was measured to be as large as the events."""

TOOL = Dimension("tool", "tool_id")
TOOL_PROVIDER = Dimension("tool-provider", "tool_provider")
TRACE = Dimension("trace", "trace_id", absent=None)
SQUAD = Dimension("squad", "squad_id", absent=None)
"""One execution of a squad."""
SQUAD_NAME = Dimension("squad-name", "squad_name", absent="")

ASSISTANT = Dimension("assistant", "assistant", absent=None)
"""Coding assistants whose flat plan covers the call."""

REASON = Dimension("reason", "unpriced_reason", absent=None)
"""Why the cost of a call is unknown; calls of known cost have none."""

METERED = "revenium_metered"
"""The cost source of a call that names none."""
ABSENT = {each.column: each.absent for each in (*DIMENSIONS, TEAM, TOOL, TOOL_PROVIDER)} | {
    "cost_source": METERED
}
"""What a filter calls the rows without a value, by column."""
