"""Announcing finished runs and feedback to the webhooks that want to hear of them."""

from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.notices.records import WEBHOOK
from chalicelib.notices.service import Notice, enqueue, find_listeners
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.records import Run
from chalicelib.recommendations.showing import show_trigger

_FEEDBACK = "insight_run.feedback"
Json = dict[str, Any]


def announce_run(world: World, tenant: Scope, team: Scope, run: Run) -> None:
    """Have webhooks told that a run has ended: insight_run.completed, .partial or .failed."""
    found, cost = run.number("recommendations"), run.numbers.get("costUsd", to_usd(0))
    subject = f"Meterlake: {found} recommendations, run {run.status}"
    text = f"{run.message}. {found} recommendations about {cost} USD of spend."
    body = {**show_trigger(run, is_duplicate=False), "teamId": team}
    notice = Notice(f"insight_run:{run.id}", f"insight_run.{run.status}", subject, text, body)
    _tell(world, tenant, team, notice)


def announce_feedback(world: World, tenant: Scope, team: Scope, feedback: Json) -> None:
    """Have webhooks told of feedback."""
    subject = f"Meterlake: a recommendation was {feedback['action']}"
    notice = Notice(
        f"insight_feedback:{feedback['id']}",
        _FEEDBACK,
        subject,
        subject,
        {**feedback, "teamId": team},
    )
    _tell(world, tenant, team, notice)


def _tell(world: World, tenant: Scope, team: Scope, notice: Notice) -> None:
    if not tenant:
        return
    enqueue(world, tenant, team, notice, find_listeners(world, tenant, notice.event, [WEBHOOK]))
