"""Demo calls through the front door of the rules: attributed, rated and stored as if they had been posted."""

import click

from chalicelib.identity.keys import KeyKind
from chalicelib.identity.records import Principal
from chalicelib.metering.schemas import AiCompletionIngest
from chalicelib.metering.service import record_completion
from chalicelib.ports.world import World
from infra.demo.events import demo_calls

_DAYS = 30


def load_demo(world: World, tenant: str, team: str, *, quiet: bool) -> int:
    """Load the demo calls; those that are there already are known by their ids. How many it was."""
    principal = Principal(tenant, team, "demo", KeyKind.METERING.scopes)
    calls = list(demo_calls(world.now(), _DAYS))
    with click.progressbar(calls, label=f"Loading {len(calls):,} demo calls", hidden=quiet) as shown:
        for call in shown:
            record_completion(world, principal, AiCompletionIngest.model_validate(call))
    return len(calls)
