"""Concentration: one key, customer or agent that nearly all of the spend depends on.

Rule: of `concentration_groups` and more that spend at all, one has more than `concentration_share`
of the spend of all that are told apart. No money is saved by it: what is told is how much stands
and falls with one of them. A part that names nobody is no group.

Source: the shares that name a concentration of customers a risk in annual reports (SEC, Regulation
S-K, item 101(c) in its long-standing form: a customer of 10 % and more is named); here it is set
higher, because agents and keys are few.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Severity
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    entities_of,
    shorten,
    show_share,
    show_usd,
)
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Amount, Survey

_UNNAMED = frozenset(("UNCLASSIFIED", "ANONYMOUS"))
_CRITICAL = 0.9


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each kind of group that is concentrated."""
    kinds = (
        ("agent", "agent", survey.agents()),
        ("organizationId", "customer", survey.customers()),
        ("credentialId", "key", survey.keys()),
    )
    for facet, word, amounts in kinds:
        named = [each for each in amounts if each.tokens > 0 and each.name not in _UNNAMED]
        finding = _find(survey, facet, word, named)
        if finding is not None:
            yield finding


def _find(survey: Survey, facet: str, word: str, named: Sequence[Amount]) -> Finding | None:
    total = sum(each.tokens for each in named)
    if len(named) < survey.thresholds.concentration_groups or not total:
        return None
    first = named[0]
    share = first.tokens / total
    if share <= survey.thresholds.concentration_share:
        return None
    value = first.name if facet == "agent" else first.id
    if not value:
        return None
    chosen = Slice({facet: value})
    rest = show_usd(total - first.tokens)
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.CONCENTRATION,
        slice=chosen,
        entities=entities_of(chosen, first.name),
        advice=Advice(
            title=f"{show_share(share)} of the spend is the {word} {shorten(first.name)}",
            why=(
                f"{shorten(first.name)} spent {show_usd(first.tokens)} of {show_usd(total)}; all"
                f" {len(named) - 1:,} others together {rest}. What happens to it happens to the"
                " whole spend."
            ),
            action=f"Know what the {word} {shorten(first.name)} does, and bound it.",
            steps=(
                f"Set a budget for the {word} with a line that warns in time.",
                "Look whether the work is meant to be done there, and by whom it is paid.",
            ),
            role=Role.FINOPS,
        ),
        certainty=Decimal("0.95"),
        risk=f"{show_share(share)} of the spend depends on one {word}",
        severity=Severity.HIGH if share >= _CRITICAL else Severity.MEDIUM,
        numbers={"share": f"{share:.4f}", "groups": str(len(named))},
    )


INVESTIGATOR = Investigator(
    "concentration", "Spend that depends on one", look, ("agents", "customers", "keys")
)
