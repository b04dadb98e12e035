"""Seats of coding assistants that nobody uses.

Rule: more seats of an assistant are paid than people were seen with it, on the days of the run and
on the `seat_days` (30) until its end. What is saved in a month is the price of that many seats, by
the average of the assistant's tiers; in the period, as much of that as it is of a month. No call is
behind that money, so no other advice claims it, and it is no part of the spend. Where nobody at all
was seen, the assistant may as well be one that nobody meters: then nothing is claimed, and what is
at stake is told. Seats without a price are not told.

Source: GitHub Docs, "Assign licenses", with "Remind inactive users to use their GitHub Copilot
license": find licenses without activity.
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kit.money import divide, to_usd
from chalicelib.kit.words import count_of
from chalicelib.recommendations.findings import (
    Advice,
    AdviceCategory,
    Entity,
    Figure,
    Finding,
    Role,
    Saving,
    Severity,
)
from chalicelib.recommendations.impact import MONTH_MS
from chalicelib.recommendations.investigators.rule import Investigator, show_usd, usd
from chalicelib.recommendations.outside import PaidSeats
from chalicelib.recommendations.queries import query_seats
from chalicelib.recommendations.slices import NO_CALLS
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "GitHub Docs: assigning licenses of Copilot",
    "https://docs.github.com/en/copilot/tutorials/roll-out-at-scale/assign-licenses",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each assistant that has seats to spare."""
    for paid in survey.seats():
        if paid.unused and paid.month:
            yield _build(survey, paid)


def _build(survey: Survey, paid: PaidSeats) -> Finding:
    is_known = paid.people > 0
    price = show_usd(paid.month)
    figure = Figure(
        "monthlyCostOfUnusedSeats",
        to_usd(paid.month),
        "USD",
        query_seats(paid.days, paid.assistant),
    )
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=NO_CALLS,
        entities=(Entity("cost_source", "coding_assistant", paid.assistant),),
        advice=Advice(
            title=f"{paid.assistant}: {paid.unused:,} of {count_of(paid.seats, 'seat')} unused",
            why=(
                f"Of {count_of(paid.seats, 'seat')} of {paid.assistant} that you pay,"
                f" {paid.people:,} had somebody who was seen with it from {paid.days.first} to"
                f" {paid.days.last}. {count_of(paid.unused, 'other costs', 'others cost')}"
                f" {price} a month."
            ),
            action=f"Give back {count_of(paid.unused, 'seat')} of {paid.assistant}.",
            steps=(
                "Make sure that everybody who has a seat is metered, with an address.",
                "Ask those who were not seen whether they need theirs.",
                "Give back the others before the plan is renewed, and correct the subscription.",
            ),
            role=Role.FINOPS,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.8") if is_known else Decimal("0.4"),
        beside=divide(paid.month * survey.span, MONTH_MS) if is_known else 0,
        monthly=paid.month if is_known else 0,
        risk="" if is_known else f"{price} a month for seats on which nobody was ever seen",
        severity=None if is_known else Severity.MEDIUM,
        saving=Saving(
            f"monthlyCostOfUnusedSeats * {survey.span} / {MONTH_MS}",
            (usd(figure.name, paid.month, figure.query),),
        ),
        figures=(figure,),
        numbers={"seats": str(paid.seats), "people": str(paid.people)},
    )


INVESTIGATOR = Investigator("unused_seats", "Seats that nobody uses", look, ("seats",))
