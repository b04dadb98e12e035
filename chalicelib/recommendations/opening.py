"""Opening: the sums and the dearest calls of a slice, which figures of advice lead to."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, create_model

from chalicelib.directory.prices import prices_of
from chalicelib.kit.clock import DAY
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.money import to_usd
from chalicelib.kit.windows import Window
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.advice_schemas import Number
from chalicelib.recommendations.analysis import look, prepare, select
from chalicelib.recommendations.cells import read_sums, sum_slice
from chalicelib.recommendations.claiming import claim
from chalicelib.recommendations.evidence import gather
from chalicelib.recommendations.facets import FLAGS, TEXTS, TRACE, Facets
from chalicelib.recommendations.figures import list_workings
from chalicelib.recommendations.findings import Finding
from chalicelib.recommendations.investigators.registry import INVESTIGATORS
from chalicelib.recommendations.quoting import Elsewhere, save_elsewhere
from chalicelib.recommendations.requests import FILTERS, MOST_DAYS
from chalicelib.recommendations.segments import segment_of
from chalicelib.recommendations.slices import Slice, read_slice
from chalicelib.recommendations.surveys import Survey
from chalicelib.recommendations.thresholds import read_thresholds
from chalicelib.reports.asking import Asker
from chalicelib.reports.parameters import AnalyticsQuery, Instant
from chalicelib.resources.schemas import Wire

_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_MOST_VALUES = 100
_Values = Annotated[list[_Text], Field(max_length=_MOST_VALUES)]
Json = dict[str, Any]


class SliceWindow(AnalyticsQuery):
    """The window of a slice, both ends inclusive, 90 days at most."""

    start_date: Instant
    end_date: Instant
    include_coding_assistants: bool = True
    at_model: _Text | None = None
    at_tier: Literal["standard", "batch"] | None = None
    below_cliff: bool = False
    rule: _Text | None = None
    ranked: bool = False
    exclude_investigator_ids: _Values = Field([])


def _members() -> dict[str, Any]:
    """A parameter for each facet, and those that narrow runs."""
    members: dict[str, Any] = dict.fromkeys(TEXTS, (_Text | None, None))
    members |= dict.fromkeys(FLAGS, (bool | None, None))
    members |= dict.fromkeys((TRACE, *FILTERS), (_Values, []))
    members["band"] = (Annotated[int, Field(ge=0, le=10**7)] | None, None)
    return {name: (kind, Field(default, alias=name)) for name, (kind, default) in members.items()}


SliceQuery: type[SliceWindow] = create_model("SliceQuery", __base__=SliceWindow, **_members())


class SliceSums(Wire):
    """What the calls of a slice come to. Calls of unknown cost count, their cost does not."""

    calls: int
    unpricedCalls: int = Field(description="of these, of unknown cost")
    costUsd: Number | None = Field(None, description="null where the cost of none is known")
    inputTokens: int
    outputTokens: int
    totalTokens: int
    callIds: list[str] = Field(description="of the dearest, 20 at most")
    savedUsd: Number | None = Field(
        None,
        description="what the same tokens would have cost less elsewhere, or what a rule saves,"
        " where that is asked",
    )
    workings: dict[str, Number] | None = Field(
        None, description="what a rule makes its saving of, by name, where it is asked"
    )
    countedBeforeUsd: Number | None = Field(
        None,
        description="what findings that are worth more count of the saving of the rule, where all"
        " investigators but the excluded ones are run for it (`ranked`)",
    )


def open_slice(world: World, team: Scope, query: SliceWindow) -> Json:
    """See SliceSums. Raises Invalid, EngineBusy."""
    window = _window_of(query)
    asked = query.model_dump(by_alias=True)
    filters = {column: asked[member] for member, column in FILTERS.items()}
    segment = segment_of(world, team, filters, with_assistants=query.include_coding_assistants)
    thresholds = read_thresholds(world.settings)
    survey = Survey(Asker.of(world, team), window, segment, thresholds, prices_of(world, team))
    chosen = read_slice(asked, asked[TRACE])
    sums = read_sums(survey.ask_calls(sum_slice(Facets(), chosen)))
    (evidence,) = gather(survey, [chosen])
    finding = _find(survey, chosen, query)
    saved = to_usd(finding.worth()) if finding else _save(survey, chosen, query)
    return {
        "calls": sums.calls,
        "unpricedCalls": sums.calls - sums.known_calls,
        "costUsd": None if sums.known_cost is None else to_usd(sums.known_cost),
        "inputTokens": sums.input_tokens,
        "outputTokens": sums.output_tokens,
        "totalTokens": sums.total_tokens,
        "callIds": evidence.calls,
        "savedUsd": saved,
        "workings": list_workings(finding) if finding else None,
        "countedBeforeUsd": _count_before(survey, finding, query),
    }


def _find(survey: Survey, chosen: Slice, query: SliceWindow) -> Finding | None:
    """What a rule finds of just this slice, None where none is asked. Raises Invalid."""
    if query.rule is None:
        return None
    known = {each.id: each for each in INVESTIGATORS}
    fault = ""
    if query.rule not in known:
        fault = f"one of {', '.join(known)}"
    elif query.at_model or query.at_tier or query.below_cliff:
        fault = "is not asked together with another price"
    else:
        for finding in look(known[query.rule], survey):
            if finding.slice.parameters == chosen.parameters:
                return finding
        fault = "finds nothing in just this slice"
    raise Invalid(f"rule: {fault}", field="rule")


def _count_before(survey: Survey, finding: Finding | None, query: SliceWindow) -> Decimal | None:
    """What better findings claim of what a finding saves, None where that is not asked. Raises
    Invalid."""
    if not query.ranked:
        return None
    excluded = query.exclude_investigator_ids
    if finding is None or finding.rule in excluded:
        raise Invalid("ranked: asked of a rule that is run", field="ranked")
    wanted = select(excluded)
    prepare(survey, wanted)
    findings: list[Finding] = []
    for each in wanted:
        findings += look(each, survey)
    for made in claim(findings):
        found = made.finding
        if (found.rule, found.slice.parameters) == (finding.rule, finding.slice.parameters):
            return to_usd(found.worth() - made.amount)
    raise EngineBusy("the lake was written to: try again")


def _save(survey: Survey, chosen: Slice, query: SliceWindow) -> Decimal | None:
    """What the calls of a slice would have saved elsewhere: of the same cells as a run has. Raises
    Invalid for a slice that these do not tell."""
    elsewhere = Elsewhere(query.at_model or "", query.at_tier or "", query.below_cliff)
    if not elsewhere.parameters:
        return None
    if chosen.traces or not survey.tells(chosen):
        name, _ = elsewhere.parameters[0]
        raise Invalid(
            f"{name}: not of single customers, products, credentials or traces", field=name
        )
    at, saved = survey.window.end, 0
    for cell in survey.cells():
        if chosen.holds(cell.facets):
            saved += save_elsewhere(survey.prices, cell, at, elsewhere)
    return to_usd(saved)


def _window_of(query: SliceWindow) -> Window:
    window = Window(query.start_date, query.end_date)
    message = ""
    if window.end < window.start:
        message = "is after endDate"
    elif window.end - window.start >= MOST_DAYS * DAY:
        message = f"more than {MOST_DAYS} days before endDate"
    if message:
        faults = [Fault("startDate", message, "DATE_RANGE")]
        raise Invalid(f"startDate: {message}", faults=faults)
    return window
