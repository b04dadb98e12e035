"""Errors that come from one place.

Rule: the share of failed calls of an agent, a model, a provider or a task is above the share of all
others by `error_factor`, with the lower limit of Wilson's 95 % interval, and there are
`error_least_failures` failed calls. Where they cost something that is what it costs; where not, the
share is the risk. Of places that have mostly the same failures the one that has most of them is
told.

Source: E. B. Wilson, JASA 22 (1927); contract, "error_concentration = an agent, model, provider or
key whose error share is far above the team average, cost of its failed calls".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.recommendations.cells import Cell, groups_of
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Severity
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    count_calls,
    entities_of,
    shorten,
    show_share,
)
from chalicelib.recommendations.proportions import wilson
from chalicelib.recommendations.slices import FacetValue, Slice
from chalicelib.recommendations.surveys import Survey

_PLACES = ("agent", "model", "provider", "taskType")
_SOURCE = ("Wilson 1927", "https://doi.org/10.1080/01621459.1927.10502953")
_SEVERE = 0.25


@dataclass(frozen=True, slots=True)
class _Place:
    """A value of a facet, its calls and those of them that failed."""

    facet: str
    value: FacetValue
    calls: int
    failed: Sequence[Cell]

    @property
    def failures(self) -> int:
        """How many calls failed."""
        return count_calls(self.failed)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each place with far more errors than the rest; no failure is told twice."""
    calls = count_calls(survey.cells())
    failures = count_calls(cell for cell in survey.cells() if cell.flag("failed"))
    told: set[Cell] = set()
    places = [each for each in _list_places(survey) if _stands_out(survey, each, calls, failures)]
    places.sort(key=lambda each: (-each.failures / each.calls, -each.failures))
    for place in places:
        fresh = count_calls(cell for cell in place.failed if cell not in told)
        if 2 * fresh > place.failures:
            told.update(place.failed)
            yield _build(place, calls, failures)


def _list_places(survey: Survey) -> Iterator[_Place]:
    for facet in _PLACES:
        for (value,), cells in groups_of(survey.cells(), (facet,)).items():
            if value:
                failed = [cell for cell in cells if cell.flag("failed")]
                yield _Place(facet, value, count_calls(cells), failed)


def _stands_out(survey: Survey, place: _Place, calls: int, failures: int) -> bool:
    others = calls - place.calls
    if not others or place.failures < survey.thresholds.error_least_failures:
        return False
    least, _ = wilson(place.failures, place.calls)
    return least > survey.thresholds.error_factor * (failures - place.failures) / others


def _build(place: _Place, calls: int, failures: int) -> Finding:
    share = place.failures / place.calls
    rest = (failures - place.failures) / (calls - place.calls)
    chosen = Slice({place.facet: place.value, "failed": 1})
    name = shorten(place.value)
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.RELIABILITY,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{show_share(share)} of the calls of {name} fail",
            why=(
                f"{place.failures:,} of {place.calls:,} calls of {name} failed; of all others"
                f" {show_share(rest)} did."
            ),
            action=f"Find out why calls of {name} fail.",
            steps=(
                "Sort the failed calls by their error: limits of rate, lengths, refusals and"
                " time-outs each need something else.",
                "Set an alert on its error rate, so that the next time is noticed within minutes.",
            ),
            role=Role.DEVOPS,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.9"),
        savings={cell: cell.cost for cell in place.failed if cell.cost > 0},
        risk=f"{show_share(share)} of its calls fail, {show_share(rest)} of all others",
        severity=Severity.HIGH if share >= _SEVERE else Severity.MEDIUM,
        numbers={"share": f"{share:.4f}", "shareOfOthers": f"{rest:.4f}"},
    )


INVESTIGATOR = Investigator("error_concentration", "Errors that come from one place", look)
