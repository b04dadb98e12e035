"""Presenting findings and advice as the contract has them, ready to be stored as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.kit.windows import Window
from chalicelib.recommendations.analysis import Analysis, RankedAdvice
from chalicelib.recommendations.claiming import Claim
from chalicelib.recommendations.figures import show_figures, show_saving
from chalicelib.recommendations.findings import Advice, Entity, Finding, Severity
from chalicelib.recommendations.impact import Impact, confidence_of, severity_of
from chalicelib.recommendations.queries import Parameters

Json = dict[str, Any]
_LONGEST_TITLE, _LONGEST_SUMMARY = 150, 300


@dataclass(frozen=True, slots=True)
class RunFrame:
    """What stands around advice: the run it is of, its period, the parameters that narrow it, when
    it was made (UTC epoch ms), and the ids of the investigators that were not wanted."""

    run: str
    window: Window
    parameters: Parameters
    now: int
    excluded: Sequence[str] = ()

    def id_of(self, word: str, number: int) -> str:
        """The id of a finding or an advice of the run, by its number: always the same one."""
        return str(uuid5(NAMESPACE_URL, f"meterlake:{self.run}:{word}:{number}"))


def present_findings(frame: RunFrame, analysis: Analysis) -> list[Json]:
    """The findings that were considered, the largest claims first."""
    return [
        _finding(frame, analysis, number, each)
        for number, each in enumerate(analysis.claims[: analysis.considered])
    ]


def _finding(frame: RunFrame, analysis: Analysis, number: int, each: Claim) -> Json:
    finding = each.finding
    return {
        "id": frame.id_of("finding", number),
        "category": finding.rule,
        "severity": _severity(finding, each.amount, analysis.spend),
        "summary": finding.advice.title[:_LONGEST_TITLE],
        "metric": {
            "worthUsd": to_usd(finding.worth()),
            "claimedUsd": to_usd(each.amount),
            **finding.numbers,
        },
        "evidence": {
            "figures": show_figures(frame.window, frame.parameters, finding, analysis.sums[finding])
        },
        "confidence": finding.certainty,
    }


def present_advice(frame: RunFrame, analysis: Analysis) -> list[Json]:
    """The advice, ranked. Its findings are the considered ones, which it cites by their ids."""
    numbers = {id(each): number for number, each in enumerate(analysis.claims)}
    return [
        _advice(frame, analysis, (rank, numbers[id(each.claim)]), each)
        for rank, each in enumerate(analysis.advice, start=1)
    ]


def _advice(
    frame: RunFrame, analysis: Analysis, place: tuple[int, int], each: RankedAdvice
) -> Json:
    finding, impact = each.finding, each.impact
    rank, number = place
    advice, sums = finding.advice, analysis.sums[finding]
    return {
        "id": frame.id_of("advice", number),
        "runId": frame.run,
        "rank": rank,
        "title": advice.title[:_LONGEST_TITLE],
        "body": f"{advice.why} {_tell_impact(finding, impact)}",
        "category": finding.category,
        "severity": _severity(finding, each.claim.amount, analysis.spend),
        "confidence": confidence_of(finding.certainty, impact),
        "impactEstimate": _impact(frame, each),
        "suggestedAction": _action(advice),
        "entities": [_entity(entity) for entity in finding.entities],
        "citations": [frame.id_of("finding", number)],
        "createdAt": iso(frame.now),
        "evidence": {
            "figures": show_figures(frame.window, frame.parameters, finding, sums),
            "callIds": list(each.evidence.calls),
            "saving": show_saving(
                frame.window, frame.parameters, each.claim, sums, _tell_excluded(frame, analysis)
            ),
        },
    }


def _tell_excluded(frame: RunFrame, analysis: Analysis) -> Parameters:
    """The investigators that the run was without, those that failed among them, as parameters."""
    return [("excludeInvestigatorIds", each) for each in (*frame.excluded, *analysis.failed)]


def _impact(frame: RunFrame, each: RankedAdvice) -> Json:
    impact = each.impact
    return {
        "monthlyImpact": to_usd(impact.monthly),
        "currency": "USD",
        "confidenceBand": impact.band,
        "basis": _basis(frame, each.finding, impact),
        "monthlyLow": to_usd(impact.least),
        "monthlyHigh": to_usd(impact.most),
        "claimedUsd": to_usd(each.claim.amount),
    }


def _entity(entity: Entity) -> Json:
    shown = {"dimension": entity.dimension, "value": entity.value}
    return shown | ({"displayLabel": entity.label} if entity.label else {})


def _action(advice: Advice) -> Json:
    references = [advice.reference] if advice.reference else []
    return {
        "summary": advice.action[:_LONGEST_SUMMARY],
        "accountableRole": advice.role,
        "steps": list(advice.steps),
        "references": [{"label": label, "url": url} for label, url in references],
    }


def summarize(advice: Sequence[Json]) -> list[Json]:
    """Advice in a line each, for lists."""
    rows: list[Json] = []
    for each in advice:
        impact = each["impactEstimate"]
        rows.append(
            {
                "id": each["id"],
                "title": each["title"],
                "rank": each["rank"],
                "severity": each["severity"],
                "monthlyImpact": impact["monthlyImpact"],
                "confidenceBand": impact["confidenceBand"],
                "category": each["category"],
            }
        )
    return rows


def _severity(finding: Finding, amount: int, spend: int) -> Severity:
    return finding.severity or severity_of(amount, spend)


def _tell_impact(finding: Finding, impact: Impact) -> str:
    if not impact.monthly:
        return f"At risk: {finding.risk}." if finding.risk else ""
    least, most = to_usd(impact.least), to_usd(impact.most)
    return (
        f"In a month that comes to {to_usd(impact.monthly):,.2f} USD ({least:,.2f} to {most:,.2f})."
    )


def _basis(frame: RunFrame, finding: Finding, impact: Impact) -> str:
    if not impact.monthly:
        return finding.risk or "no money is left that other advice does not count"
    if finding.slice.is_empty:
        return "What is paid in every month by its price; it is no part of what calls cost."
    days = len(frame.window.days())
    return (
        f"What was found in {days} days, as 365.25/12 days; 95 % limits of the mean of the days."
        " Dollars that advice of a better rank counts are not counted again."
    )
