"""Dimensions: by what calls are grouped, and what a group is called when the call does not say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dimension:
    """`column` is one of ai_events. `absent` names the group of calls without it. `named` limits how many groups are
    named, the costliest ones; all further ones are merged into `others`. `hourly`: few enough values for a rollup by
    hour."""

    name: str
    column: str
    absent: str = "UNCLASSIFIED"
    named: int | None = None
    others: str = ""
    hourly: bool = False


PROVIDER = Dimension("provider", "provider", hourly=True)
MODEL = Dimension("model", "model", hourly=True)
PRODUCT = Dimension("product", "product", hourly=True)
AGENT = Dimension("agent", "agent", hourly=True)
ORGANIZATION = Dimension("organization", "organization")
TEAM = Dimension("team", "subscriber")
"""The team that a call is charged to is its subscriber."""
API_KEY = Dimension("api-key", "credential", absent="ANONYMOUS", named=20, others="Other API keys")

DIMENSIONS = (PROVIDER, MODEL, PRODUCT, AGENT, ORGANIZATION, TEAM, API_KEY)
"""Rolled up by day, all of them. By hour only what a company has tens of: customers, people and their keys come in
thousands, each active in a few hours a day, and their hourly rollup was measured to be as large as the events."""
