"""Work that could go by batch: nobody waits for it.

Rule, for work of one kind: its calls are not streamed, there are `least_calls` of them on
`batch_days` days and more, and `batch_share` of them are made within `batch_hours` hours of the
day: a schedule makes them, and not people. The vendor sells batches of the model. Saved is the
difference on the same tokens.

Source: OpenAI "Batch API", Anthropic "Batch processing", Google "Batch Mode": half the price for
answers within 24 hours (pricing/batches.py, with what each discounts).
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role
from chalicelib.recommendations.habits import WorkHours
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    by_work,
    completions,
    entities_of,
    shorten,
    show_share,
    show_usd,
    work_slice,
)
from chalicelib.recommendations.quoting import BATCHES, Elsewhere, save_elsewhere
from chalicelib.recommendations.surveys import Survey

_SOURCE = ("OpenAI: Batch API", "https://platform.openai.com/docs/guides/batch")
_BATCHED = Elsewhere(tier=BATCHES)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each kind of work that is done by schedule, and not in batches."""
    plain = [cell for cell in completions(survey) if not cell.flag("streamed")]
    groups = by_work(plain)
    for work in survey.hours():
        if not _is_scheduled(survey, work):
            continue
        at, cells = survey.window.end, groups.get(work.key, ())
        savings = {cell: save_elsewhere(survey.prices, cell, at, _BATCHED) for cell in cells}
        if sum(savings.values()) > 0:
            yield _build(survey, work, savings)


def _is_scheduled(survey: Survey, work: WorkHours) -> bool:
    known = survey.thresholds
    if sum(work.calls) < known.least_calls or work.days < known.batch_days:
        return False
    return work.largest_share(known.batch_hours) >= known.batch_share


def _build(survey: Survey, work: WorkHours, savings: dict[Cell, int]) -> Finding:
    hours = survey.thresholds.batch_hours
    chosen = work_slice(work.key, failed=0, streamed=0)
    agent, model = chosen.values["agent"], chosen.values["model"]
    share = show_share(work.largest_share(hours))
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{shorten(agent)}: calls of {shorten(model)} could go by batch",
            why=(
                f"{share} of {sum(work.calls):,} calls are made within the same {hours} hours of"
                " the day, and none is streamed: nobody seems to wait for them. In batches the same"
                f" tokens would have cost {show_usd(sum(savings.values()))} less."
            ),
            action="Send this work as batches.",
            steps=(
                "Make sure that answers may come within 24 hours.",
                "Write the requests to a file, send it as one batch, and read the answers when it"
                " is done.",
                "Meter the calls as batches, so that they are rated so.",
            ),
            role=Role.PLATFORM,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.7"),
        savings=savings,
        elsewhere=_BATCHED,
    )


INVESTIGATOR = Investigator("batchable", "Work that could go by batch", look, ("hours",))
