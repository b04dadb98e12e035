"""Coverage as it is told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.clock import DAY, day_of, day_start, iso
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.billed import BilledQuestion, ask
from chalicelib.providers.lookup import connections_of
from chalicelib.providers.periods import Period
from chalicelib.reconciliation.coverage import Compared, Coverage, cover
from chalicelib.reconciliation.coverage_schemas import CoverageState, UnavailableReason

Json = dict[str, Any]
FULL, PARTIAL, NONE = "full-window", "partial-window", "no-overlap"
_STATES = {
    None: CoverageState.VALID,
    UnavailableReason.NO_BILLING_CREDENTIAL: CoverageState.NO_INTEGRATION,
    UnavailableReason.ZERO_SPEND_PERIOD: CoverageState.ZERO_SPEND_PERIOD,
    UnavailableReason.NO_COMPARABLE_PROVIDERS: CoverageState.DATA_UNAVAILABLE,
    UnavailableReason.NON_POSITIVE_BILLING_TOTAL: CoverageState.DATA_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside the figures, by provider: names of connections, types of usage, and
    whether the period before it had calls. `revised_since` is the first day that is read again."""

    names: Mapping[str, Sequence[str]]
    types: Mapping[str, Sequence[Json]]
    metered_before: frozenset[str]
    revised_since: str


def report_coverage(
    world: World, tenant: Scope, team: Scope, period: Period, provider: str
) -> Json:
    """The members of a CoverageRatioReport. Raises EngineBusy, TooManyRows."""
    before = cover(world, tenant, team, period.before, provider)
    known = frozenset(row.provider for row in before.rows if row.first_metered)
    now = cover(world, tenant, team, period, provider, metered_before=known)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for connection in connections_of(world, tenant, team):
        names[connection.provider].append(connection.name)
    beside = _Beside(
        names=names,
        types=_usage_types(world, team, period),
        metered_before=known,
        revised_since=day_of(world.now() - (world.settings.bill_window_days - 1) * DAY),
    )
    return {
        **_whole(now, before),
        "byProvider": [_row(row, len(period.days), beside) for row in now.rows],
    }


def _whole(now: Coverage, before: Coverage) -> Json:
    """All providers as one, and how that has moved."""
    ratio, earlier = now.ratio, before.ratio
    starts = [row.first_metered for row in now.rows if row.first_metered]
    outside = sum(row.metered_elsewhere for row in now.rows)
    partial = any(len(row.days) < len(now.period.days) for row in now.compared)
    return {
        "state": _STATES[now.reason],
        "aggregateRatio": ratio,
        "aggregateRatioAvailable": ratio is not None,
        "aggregateRatioUnavailableReason": now.reason,
        "aggregateRatioUnavailableProviders": [
            row.provider for row in now.rows if row.ratio is None
        ],
        "trend": None if ratio is None or earlier is None else ratio - earlier,
        "hiddenSpend": to_usd(max(0, now.billed - now.metered)) if now.compared else None,
        "meteredTotalInComparison": to_usd(now.metered),
        "meteredTotalOutsideComparison": to_usd(outside),
        "meteredBasis": {
            "transform": None,
            "windowStart": now.period.first,
            "windowEnd": now.period.last,
        },
        "confidence": None if ratio is None else "adjusted" if partial else "HIGH",
        "earliestMeteredAt": iso(day_start(min(starts))) if starts else None,
        "codingAssistantUsagePresent": bool(now.assistants),
        "codingAssistantUsageUnknown": False,
    }


def _row(row: Compared, days: int, beside: _Beside) -> Json:
    """One provider, of a period of so many days. Without a bill it has no figures but what was
    metered."""
    names = beside.names.get(row.provider, ())
    state = CoverageState.DATA_UNAVAILABLE if row.ratio is None else CoverageState.VALID
    return {
        "provider": row.provider,
        "label": row.provider.replace("_", " ").title(),
        "state": state,
        "metered": to_usd(row.metered if row.has_bill else row.metered_elsewhere),
        "billing": to_usd(row.billed) if row.has_bill else None,
        "ratio": row.ratio,
        "meteredCalls": row.calls,
        "unpricedCalls": row.unpriced,
        "comparisonState": _compare_days(row, days) if row.has_bill else None,
        "comparisonStartDate": row.days[0] if row.days else None,
        "comparisonEndDate": row.days[-1] if row.days else None,
        "earliestBilledOn": row.first_billed or None,
        "earliestMeteredOn": row.first_metered or None,
        "revisionWindowStart": beside.revised_since if row.has_bill else None,
        "previousWindowPredatesTelemetry": row.provider not in beside.metered_before,
        "billingCredentialConnected": bool(names),
        "credentialNames": list(names),
        "usageTypeBreakdown": list(beside.types.get(row.provider, ())) if row.has_bill else None,
    }


def _compare_days(row: Compared, days: int) -> str:
    if not row.days:
        return NONE
    return FULL if len(row.days) == days else PARTIAL


def _usage_types(world: World, team: Scope, period: Period) -> dict[str, list[Json]]:
    """What was billed by type of usage, by provider."""
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for sums in ask(world, team, BilledQuestion(period, ("provider", "usage_type"), {})):
        provider, usage_type = sums.names
        if sums.usd_nano is not None:
            found[provider].append({"usageType": usage_type or None, "billing": to_usd(sums.cost)})
    for rows in found.values():
        rows.sort(key=lambda each: str(each["usageType"]))
    return found
