"""People: what was billed for each of them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import day_start, iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.lookup import progresses_of
from chalicelib.reconciliation.attribution import Attribution, Share, attribute_bills
from chalicelib.reconciliation.people_schemas import PeopleQuery, UserCostAttributionRow
from chalicelib.reconciliation.people_sums import (
    ShareSum,
    add_shares,
    group_shares,
    ratio,
    token_counts,
)
from chalicelib.resources import hal
from chalicelib.resources.schemas import plain_members

Json = dict[str, Any]
_EMBEDDED = "objectList"


def list_people(world: World, team: Scope, query: PeopleQuery, asked: Request) -> Json:
    """A HAL page of people, with what is theirs and what is nobody's. Raises Invalid."""
    found = attribute_bills(world, team, query.days(world.now()), query.lines())
    people = group_shares(found.shares, lambda share: share.email)
    by_provider = group_shares(found.shares, lambda share: share.key.provider)
    wholes = {name: add_shares(shares) for name, shares in by_provider.items()}
    whole = add_shares(found.shares)
    rows = [_row(email, shares, whole, wholes) for email, shares in people.items()]
    kept = [row for row in rows if query.keeps(row["totalCost"])]
    orders = hal.parse_sort(query.sort, plain_members(UserCostAttributionRow), "user")
    ordered = hal.sort_rows(kept, orders, lambda row, member: row[member])
    attributed = sum((row["totalCost"] for row in kept), Decimal(0))
    unattributed = to_usd(sum(found.unattributed.values()))
    refreshed = [each.succeeded_at for each in progresses_of(world, team) if each.succeeded_at]
    page = hal.build_page(asked, query.request, _EMBEDDED, query.request.cut(ordered), len(ordered))
    return {
        **page,
        "totalCost": attributed + unattributed,
        "attributedCost": attributed,
        "unattributedCost": unattributed,
        "costByProvider": _by_provider(found),
        "lastRefreshDate": iso(max(refreshed)) if refreshed else None,
    }


def _row(
    email: str, shares: Sequence[Share], whole: ShareSum, wholes: Mapping[str, ShareSum]
) -> Json:
    """`wholes` are all shares by provider."""
    own = add_shares(shares)
    providers = group_shares(shares, lambda share: share.key.provider)
    newest = max(share.key.day for share in shares)
    return {
        "_links": hal.self_link(f"/profitstream/v2/api/billing/users/{email}"),
        "id": email,
        "resourceType": "billing.user.cost",
        "label": email,
        "userEmail": email,
        "userName": None,
        "totalCost": to_usd(own.nano),
        "costPercentage": 100 * ratio(own.nano, whole.nano),
        "tokenShare": ratio(own.usage.tokens, whole.usage.tokens),
        **token_counts(own.usage),
        "requestCount": own.usage.calls or None,
        "providers": [
            _provider(name, add_shares(each), wholes[name])
            for name, each in sorted(providers.items())
        ],
        "githubLogin": None,
        "prsMerged": None,
        "prsMergedWithCodingTool": None,
        "costPerPr": None,
        "lastActiveAt": iso(day_start(newest)),
    }


def _provider(name: str, own: ShareSum, whole: ShareSum) -> Json:
    return {
        "provider": name,
        "cost": to_usd(own.nano),
        "totalTokens": own.usage.tokens,
        "tokenShare": ratio(own.usage.tokens, whole.usage.tokens),
    }


def _by_provider(found: Attribution) -> dict[str, Decimal]:
    sums = dict(found.unattributed)
    for share in found.shares:
        sums[share.key.provider] = sums.get(share.key.provider, 0) + share.nano
    return {provider: to_usd(nano) for provider, nano in sorted(sums.items())}
