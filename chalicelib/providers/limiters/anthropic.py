"""Anthropic: the spend limit of an organization of the Console, or of one of its workspaces.

Whole cents as text, in the currency in which the organization is billed, a month. To list and to
write them is an early access that Anthropic has to grant; without it a key is refused. Described
in `resources/beta/organization/spend_limits` of its SDK (2.9.0).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.providers.answers import Json
from chalicelib.providers.limiters.limiter import Limiter, Standing, read_amount, read_period
from chalicelib.providers.lines import read_text
from chalicelib.providers.paging import walk_next
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod

_PATH = "/v1/organizations/spend_limits"
_READS = {"anthropic-beta": "spend-limit-reads-2026-09-26"}


def read(upstream: Upstream, target: str, period: LimitPeriod) -> Standing:
    """What limits the organization, or a workspace, in a period. A limit of another scope tells
    the currency."""
    asking = replace(upstream, headers={**upstream.headers, **_READS})
    rows = list(walk_next(asking, _PATH, [("limit", 100)]))
    found = _find(rows, target, period)
    if found is not None:
        return _standing(found)
    return Standing(currency=read_text(rows[0], "currency").upper() if rows else "")


def write(upstream: Upstream, target: str, period: str, cents: Decimal) -> Standing:
    """Limit it."""
    body = {"amount": str(int(cents)), "scope": _scope_of(target), "period": period.lower()}
    return _standing(upstream.post(_PATH, body))


def clear(upstream: Upstream, _target: str, standing: Standing) -> None:
    """Take its limit away."""
    upstream.delete(f"{_PATH}/{standing.handle}")


def _scope_of(target: str) -> Mapping[str, str]:
    if not target:
        return {"type": "organization"}
    return {"type": "workspace", "workspace_id": target}


def _find(rows: Sequence[Json], target: str, period: LimitPeriod) -> Json | None:
    wanted = _scope_of(target)
    for row in rows:
        scope, is_of_period = row.get("scope"), read_period(row, "period") == period
        if is_of_period and isinstance(scope, dict) and scope.items() >= wanted.items():
            return row
    return None


def _standing(row: Json) -> Standing:
    amount = row.get("amount")
    return Standing(
        cents=None if amount is None else read_amount(amount),
        period=read_period(row, "period"),
        currency=read_text(row, "currency").upper(),
        is_enforced=row.get("is_enabled") is not False,
        handle=read_text(row, "id"),
    )


LIMITER = Limiter(
    provider=BillingProvider.ANTHROPIC,
    part="workspace",
    periods=frozenset((LimitPeriod.MONTHLY,)),
    read=read,
    write=write,
    clear=clear,
    caveat="Anthropic does not say in which time zone its month begins, nor how late it enforces",
    source="anthropic 2.9.0, resources/beta/organization/spend_limits",
)
