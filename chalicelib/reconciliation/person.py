"""One person: what of the providers' bills is theirs, by day, provider and model."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reconciliation.attribution import Share, attribute_bills
from chalicelib.reconciliation.cells import CellKey
from chalicelib.reconciliation.people_schemas import PeopleQuery
from chalicelib.reconciliation.people_sums import (
    ShareSum,
    add_shares,
    group_shares,
    ratio,
    token_counts,
)
from chalicelib.resources import hal
from chalicelib.resources.errors import UnknownRecord

Json = dict[str, Any]


def read_person(world: World, team: Scope, email: str, query: PeopleQuery) -> Json:
    """What was billed for one person. Raises UnknownRecord when nothing was, Invalid."""
    period = query.days(world.now())
    found = attribute_bills(world, team, period, query.lines())
    wanted = email.strip().lower()
    shares = [share for share in found.shares if share.email == wanted]
    kept = [share for share in shares if query.keeps(to_usd(share.nano))]
    if not kept:
        raise UnknownRecord("User", wanted, by="e-mail address")
    whole = add_shares(kept)
    by_entry = group_shares(kept, lambda share: share.key)
    by_day = group_shares(kept, lambda share: share.key.day)
    by_model = group_shares(kept, lambda share: (share.key.provider, share.key.model))
    entries = [_entry(by_entry[key]) for key in sorted(by_entry, key=_order)]
    daily = [_day(day, add_shares(each)) for day, each in sorted(by_day.items())]
    models = [_model(name, add_shares(each), whole) for name, each in by_model.items()]
    return {
        "_links": hal.self_link(f"/profitstream/v2/api/billing/users/{wanted}"),
        "id": wanted,
        "resourceType": "billing.user.cost.detail",
        "label": wanted,
        "userEmail": wanted,
        "startDate": period.first,
        "endDate": period.last,
        "totalCost": to_usd(whole.nano),
        "totalTokens": whole.usage.tokens,
        "entries": entries,
        "daily": daily,
        "models": sorted(models, key=lambda model: (-model["cost"], str(model["model"]))),
    }


def _order(key: CellKey) -> tuple[str, str, str]:
    return key.day, key.provider, key.model


def _entry(shares: Sequence[Share]) -> Json:
    own, first = add_shares(shares), shares[0]
    return {
        "date": first.key.day,
        "provider": first.key.provider,
        "model": first.key.model or None,
        "cost": to_usd(own.nano),
        "billedCost": to_usd(sum(share.billed for share in shares)),
        "tokenShare": ratio(first.usage.tokens, first.tokens) if first.tokens else Decimal(1),
        **token_counts(own.usage),
    }


def _day(day: str, own: ShareSum) -> Json:
    return {"date": day, "cost": to_usd(own.nano), "totalTokens": own.usage.tokens}


def _model(name: tuple[str, str], own: ShareSum, whole: ShareSum) -> Json:
    return {
        "provider": name[0],
        "model": name[1] or None,
        "cost": to_usd(own.nano),
        "costPercentage": 100 * ratio(own.nano, whole.nano),
        **token_counts(own.usage),
    }
