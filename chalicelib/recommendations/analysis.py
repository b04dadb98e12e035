"""Analysis: what a run finds. Nothing is stored here."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.directory.prices import prices_of
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import logger
from chalicelib.kit.windows import Window
from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.claiming import Claim, claim
from chalicelib.recommendations.evidence import Evidence, daily, gather
from chalicelib.recommendations.findings import Finding
from chalicelib.recommendations.impact import Impact, estimate, state
from chalicelib.recommendations.investigators.registry import INVESTIGATORS
from chalicelib.recommendations.investigators.rule import Investigator
from chalicelib.recommendations.segments import CallSegment
from chalicelib.recommendations.surveys import Survey
from chalicelib.recommendations.thresholds import read_thresholds
from chalicelib.reports.asking import Asker

_NANO = 10**9
_ALWAYS = ("customers", "loops", "excluded")
"""What cells are told apart by, and what is told of every run."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedAdvice:
    """A claim that is worth telling, with what stands behind it."""

    claim: Claim
    impact: Impact
    evidence: Evidence

    @property
    def finding(self) -> Finding:
        """What it is about."""
        return self.claim.finding


@dataclass(slots=True)
class Analysis:
    """What was found: all findings, the largest claims first, those of them that are advice, and
    the ids of the investigators that failed. Money is nano-USD, `scanned` bytes."""

    claims: Sequence[Claim] = ()
    considered: int = 0
    advice: Sequence[RankedAdvice] = ()
    sums: dict[Finding, Cell] = field(default_factory=dict)
    """Of the slice of each finding that was considered."""
    failed: list[str] = field(default_factory=list)
    spend: int = 0
    excluded: int = 0
    """What a flat plan covers, at list prices."""
    calls: int = 0
    cells: int = 0
    scanned: int = 0
    run: int = 0
    """How many investigators were run, with those that failed."""


def analyse(
    asker: Asker, window: Window, segment: CallSegment, excluded: Collection[str] = ()
) -> Analysis:
    """Run all investigators but the excluded ones. One that fails is told, and does not keep the
    others; where nothing can be read, all have failed."""
    world = asker.world
    thresholds = read_thresholds(world.settings)
    survey = Survey(asker, window, segment, thresholds, prices_of(world, asker.team))
    wanted = select(excluded)
    prepare(survey, wanted)
    result = Analysis(run=len(wanted))
    findings: list[Finding] = []
    for each in wanted:
        try:
            survey.cells()  # without the calls, nothing is ranked
            findings += look(each, survey)
        except MeterlakeError as failure:
            logger().warning("an investigator failed: %s", failure, extra={"investigator": each.id})
            result.failed.append(each.id)
    if len(result.failed) < len(wanted):
        _conclude(survey, findings, result)
    result.scanned = survey.scanned
    return result


def select(excluded: Collection[str]) -> list[Investigator]:
    """All investigators but those with these ids, in the order in which they are run."""
    return [each for each in INVESTIGATORS if each.id not in excluded]


def prepare(survey: Survey, wanted: Sequence[Investigator]) -> None:
    """Ask at once what some investigators need."""
    needs = {need for each in wanted for need in each.needs}
    survey.prefetch(sorted({*needs, *_ALWAYS}))


def look(investigator: Investigator, survey: Survey) -> list[Finding]:
    """What an investigator finds. Raises MeterlakeError: what the ports raise."""
    return list(investigator.look(survey))


def _conclude(survey: Survey, findings: Sequence[Finding], result: Analysis) -> None:
    cells = survey.cells()
    result.spend, result.cells = sum(cell.cost for cell in cells), len(cells)
    result.excluded = survey.excluded()
    result.calls = sum(cell.calls for cell in cells)
    result.claims = claim(findings)
    most = survey.thresholds.most_findings
    considered = result.claims[:most]
    result.considered = len(considered)
    for each in considered:
        result.sums[each.finding] = survey.sum_slice(each.finding.slice)
    worthy = [each for each in considered if _is_worthy(survey, each, result.spend)]
    money = [each for each in worthy if each.amount]
    told = [each for each in worthy if not each.amount]
    evidence = gather(survey, [each.finding.slice for each in money])
    for each in told:
        evidence += gather(survey, [each.finding.slice])
    result.advice = list(_rank(survey, [*money, *told], evidence))


def _is_worthy(survey: Survey, each: Claim, spend: int) -> bool:
    """Whether a claim is advice: it is worth something, or tells of a risk."""
    if each.finding.risk:
        return True
    known = survey.thresholds
    monthly = _estimate(survey, each, ()).monthly
    return monthly >= known.least_usd_a_month * _NANO and each.amount >= known.least_share * spend


def _rank(
    survey: Survey, claims: Sequence[Claim], evidence: Sequence[Evidence]
) -> Iterator[RankedAdvice]:
    """In the order of the claims, so that the rank says who has claimed first."""
    for each, found in zip(claims, evidence, strict=True):
        impact = _estimate(survey, each, daily(survey, found))
        yield RankedAdvice(each, impact, found)


def _estimate(survey: Survey, each: Claim, days: Sequence[int]) -> Impact:
    """The impact of a claim whose calls cost so much a day."""
    if each.finding.slice.is_empty:
        return state(each.finding.monthly)
    return estimate(each.amount, survey.span, days)
