"""A tenant as a whole: its record, and what all of its teams hold."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from chalicelib.identity.records import TEAM, TENANT
from chalicelib.identity.settings import BILLS_USAGE, TenantSettings
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import RecordMembers, Wire, nullable_words
from chalicelib.resources.store import Store

_Plans = Literal["DEVELOPER", "GROWTH", "ENTERPRISE"]
BillingPlan = Annotated[_Plans | None, nullable_words(_Plans)]


class TenantBillingProfile(Wire):
    """What a hosted service would charge the tenant; nobody does here."""

    aiSpend: float | None = None
    overAIQuota: bool | None = None
    overProductQuota: bool | None = None
    periodEnd: datetime | None = None
    periodStart: datetime | None = None
    planType: BillingPlan = None
    revenueCalculationEnabled: bool | None = None
    subscriptionId: str | None = None


class TenantResource(RecordMembers):
    """The account."""

    name: str
    description: str | None = None
    aiDataIngested: bool | None = None
    attributionDetailTextEnabled: bool | None = None
    billingPlan: BillingPlan = None
    billingProfile: TenantBillingProfile | None = None
    strictIngestionAllowTicketJobs: bool | None = None
    strictIngestionMode: bool | None = None
    usageBillingEnabled: bool | None = None


class TenantDefaultPaymentMethod(Wire):
    """How the tenant pays."""

    id: str
    isDefault: bool
    message: str | None = None


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "name": record.name,
        BILLS_USAGE: TenantSettings.of(record).bills_usage,
    }


TENANTS = Resource(
    kind=TENANT,
    name="Tenant",
    resource_type="tenant",
    path="/profitstream/v2/api/tenants",
    embedded="tenantResourceList",
    model=TenantResource,
    references=(),
    scope=of_tenant,
    present=_present,
)


def walk_all_teams(
    world: World, tenant: Scope, kinds: Sequence[str]
) -> Iterator[tuple[Scope, Record]]:
    """Every record of some kinds that a team of the tenant has, with the team. Raises TooMany."""
    for team in (Scope(record.id) for record in read_all(world, tenant, TEAM)):
        for kind in kinds:
            for record in read_all(world, team, kind):
                yield team, record
