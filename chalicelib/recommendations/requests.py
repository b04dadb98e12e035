"""Requests: what a run is asked to look at, checked; and how that is told again."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.kit.clock import DAY, day_start, iso, millis
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.jsontext import pack
from chalicelib.kit.windows import Window
from chalicelib.recommendations.investigators.registry import BY_ID
from chalicelib.recommendations.queries import Parameters
from chalicelib.recommendations.schemas import RecommendationRunRequest

MOST_DAYS = 90
_FIRST, _LAST = day_start("1970-01-01"), day_start("2100-01-01")
FILTERS = {
    "filterAgent": "agent",
    "filterProductId": "product_id",
    "filterTraceType": "trace_type",
    "filterConsumingOrgId": "organization_id",
    "filterEnvironment": "environment",
}
"""Members of a request and the columns that they narrow."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A request that has passed. `asked` are its members, as they are stored and told again."""

    window: Window
    asked: Mapping[str, Any]

    @property
    def excluded(self) -> Sequence[str]:
        """Ids of the investigators that are not to be run."""
        found: Sequence[str] = self.asked["excludeInvestigatorIds"]
        return found

    @property
    def with_assistants(self) -> bool:
        """Whether calls of coding assistants count that are paid by use."""
        return bool(self.asked["filterIncludeCodingAssistants"])

    @property
    def filters(self) -> Mapping[str, Sequence[str]]:
        """The values to keep, by column."""
        found: dict[str, Sequence[str]] = {}
        for member, column in FILTERS.items():
            told = self.asked[member]
            if told:
                found[column] = [told] if isinstance(told, str) else told
        return found

    @property
    def parameters(self) -> Parameters:
        """The same as query parameters of the operation that opens figures."""
        pairs = [("includeCodingAssistants", "true" if self.with_assistants else "false")]
        for member in FILTERS:
            told = self.asked[member]
            values = [told] if isinstance(told, str) else told
            pairs += [(member, value) for value in values if value]
        return pairs

    @property
    def fingerprint(self) -> str:
        """The same for two orders that ask the same."""
        told = [self.window.start, self.window.end, sorted(self.excluded), self.with_assistants]
        narrow = sorted((column, sorted(values)) for column, values in self.filters.items())
        return hashlib.blake2b(pack([told, narrow]).encode(), digest_size=16).hexdigest()


def read_request(request: RecommendationRunRequest) -> RunOrder:
    """The order of a request. Raises Invalid, with all faults."""
    faults = [*_find_period_faults(request), *_find_faults(request)]
    start, end = request.periodStart, request.periodEnd
    if faults or start is None or end is None:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    asked = request.model_dump(mode="json", exclude={"periodStart", "periodEnd"})
    return RunOrder(Window(millis(start), millis(end) - 1), asked)


def order_of(window: Window) -> RunOrder:
    """The order to look at everything in a window."""
    period = {"periodStart": iso(window.start), "periodEnd": iso(window.end + 1)}
    return read_request(RecommendationRunRequest.model_validate(period))


def _find_period_faults(request: RecommendationRunRequest) -> Iterator[Fault]:
    ends = {"periodStart": request.periodStart, "periodEnd": request.periodEnd}
    faults = [fault for name, told in ends.items() if (fault := _find_end_fault(name, told))]
    yield from faults
    if faults or request.periodStart is None or request.periodEnd is None:
        return
    span = millis(request.periodEnd) - millis(request.periodStart)
    if span <= 0:
        yield Fault("periodEnd", "not after periodStart", "DATE_RANGE")
    elif span > MOST_DAYS * DAY:
        yield Fault("periodStart", f"more than {MOST_DAYS} days before periodEnd", "DATE_RANGE")


def _find_end_fault(name: str, told: datetime | None) -> Fault | None:
    if told is None:
        return Fault(name, "a run needs it", "MISSING")
    if not _FIRST <= millis(told) < _LAST:
        return Fault(name, "not between the years 1970 and 2099", "DATE_RANGE")
    return None


def _find_faults(request: RecommendationRunRequest) -> Iterator[Fault]:
    for number, each in enumerate(request.excludeInvestigatorIds):
        if each not in BY_ID:
            place = f"excludeInvestigatorIds.{number}"
            yield Fault(place, "there is no such investigator", "UNKNOWN", each, list(BY_ID))
    if request.filterDepartmentId:
        yield Fault(
            "filterDepartmentId",
            "there are no departments here: filter by agents, products or customers",
            "UNKNOWN",
            request.filterDepartmentId,
        )
