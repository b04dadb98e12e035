"""The wire of limits at providers. Amounts are USD unless a currency stands beside them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from chalicelib.budgets.schemas import Limit, Number
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod
from chalicelib.resources.schemas import (
    READ_ONLY,
    Members,
    Name,
    RecordMembers,
    ResourceReference,
    TeamQuery,
    Wire,
    build_page_model,
)
from chalicelib.spend_limits.vocabulary import Drift, LimitAction

Target = Annotated[str, StringConstraints(max_length=128, pattern=r"^[\w-]*$")]
"""An id that stands in a path of the provider's."""


class OwnLimit(Wire):
    """The rule, as it is now."""

    limit: Number | None = None
    spent: Number | None = Field(
        None, description="what was metered in the running window; null where it is not known"
    )


class StandingLimit(Wire):
    """What limits the place at the provider."""

    limit: Number | None = Field(None, description="null: nothing does")
    currency: str | None = None
    period: str | None = Field(None, description="null: none, or one that is not known here")
    isEnforced: bool | None = Field(None, description="as the provider says it")
    spent: Number | None = Field(
        None, description="of the running period, where the provider tells it"
    )


class ProviderLimitResource(RecordMembers):
    """A limit that was written to a provider for a cost control, and what stands there."""

    ruleId: Annotated[str, READ_ONLY]
    ruleName: Annotated[str, READ_ONLY]
    credentialId: Annotated[str, READ_ONLY]
    credentialName: Annotated[str, READ_ONLY]
    provider: Annotated[BillingProvider, READ_ONLY]
    target: Annotated[str | None, READ_ONLY] = Field(
        None, description="a project, workspace or key; null for the whole account"
    )
    period: Annotated[LimitPeriod, READ_ONLY]
    limit: Annotated[Number | None, READ_ONLY] = Field(None, description="what was written")
    ours: Annotated[OwnLimit | None, READ_ONLY] = None
    standing: Annotated[StandingLimit | None, READ_ONLY] = Field(
        None, description="at the last look; null where it is not known"
    )
    drift: Annotated[list[Drift], READ_ONLY] = Field(
        [], description="how it is another one than would be written now; empty: it holds"
    )
    caveat: Annotated[str | None, READ_ONLY] = Field(
        None, description="what the provider's limits do not do as ours do"
    )
    pushedBy: Annotated[str | None, READ_ONLY] = None
    pushedAt: Annotated[datetime | None, READ_ONLY] = None
    checkedAt: Annotated[datetime | None, READ_ONLY] = None
    error: Annotated[str | None, READ_ONLY] = Field(
        None, description="why the provider could not be asked"
    )
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: Annotated[str | None, READ_ONLY] = None


ProviderLimitPage = build_page_model(
    "ProviderLimitPage", "providerLimitResourceList", ProviderLimitResource
)


class NewProviderLimit(Members):
    """Which cost control is to stand at a provider, and where. Nothing is written unless dryRun is
    false."""

    ruleId: Name
    credentialId: Name | None = Field(
        None, description="needed where several connections lead to the rule's provider"
    )
    target: Target | None = Field(
        None, description="a project (OpenAI), workspace (Anthropic) or key hash (OpenRouter)"
    )
    amount: Limit | None = Field(
        None, description="USD, at most the rule's; what the rule has left when absent"
    )
    partial: bool = Field(False, description="a part of the account is meant")
    replace: bool = Field(
        False, description="a lower limit, or one of another period, that stands there may go"
    )
    dryRun: bool = Field(True, description="false: write it")
    teamId: str | None = None


class PlanFault(Wire):
    """Why a limit is not written."""

    code: str
    field: str = Field(description="the member that it is about")
    message: str
    received: Any = None
    options: list[Any] | None = None


class ProviderLimitPlan(Wire):
    """What was written, or would be."""

    written: bool
    action: LimitAction = Field(description="what writing does to the limit that stands")
    ruleId: str
    ruleName: str
    credentialId: str | None = None
    credentialName: str | None = None
    provider: BillingProvider | None = None
    target: str | None = None
    period: LimitPeriod | None = None
    limit: Number | None = Field(None, description="rounded down to the cent")
    ours: OwnLimit
    standing: StandingLimit | None = Field(
        None, description="before anything was written; null where it is not known"
    )
    reasons: list[PlanFault] = Field(
        description="why nothing is written; empty: nothing is in the way"
    )
    caveat: str | None = None
    id: str | None = Field(None, description="of the limit, once it was written")


class RemovalQuery(TeamQuery):
    """How a limit is taken away."""

    forget: bool = Field(
        False, description="the provider is not asked: what stands there stays, unknown to us"
    )
