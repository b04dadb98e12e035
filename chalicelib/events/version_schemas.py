"""The wire of an event's versions: how often it was changed, when, why and in what."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.resources.schemas import PageQuery, Wire, build_page_model


class Cause(StrEnum):
    """Why a version came. A ledger keeps rows and no causes: it is told by what differs."""

    METERED = "METERED"
    ENRICHED = "ENRICHED"
    RE_RATED = "RE_RATED"
    CORRECTED = "CORRECTED"
    VOIDED = "VOIDED"
    ERASED = "ERASED"
    UNKNOWN = "UNKNOWN"


class VersionChange(Wire):
    """One member that differs from the version before. Amounts are USD, times UTC."""

    field: str = Field(description="the column of the lake, `cost_usd` for `cost_nano`")
    attribute: str = Field(description="in words")
    previousValue: str | None = None
    currentValue: str | None = None


class EventVersion(Wire):
    """One version of a metered event."""

    version: int = Field(description="counts from 1")
    versionAt: datetime = Field(description="when it was made")
    cause: Cause = Field(
        description="METERED: the first one. ENRICHED: another record of the call came. RE_RATED: "
        "other prices. CORRECTED: a file said otherwise. VOIDED: it was taken back. ERASED: a "
        "person was taken out of all versions. UNKNOWN: the version before is forgotten"
    )
    channel: str | None = Field(None, description="how it came: REST, OTLP or BULK")
    deleted: bool = Field(description="no report counts the event any more")
    totalCost: Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})] = Field(
        None, description="USD; null when unknown"
    )
    priceStatus: str | None = None
    priceVersion: str | None = None
    unpricedReason: str | None = None
    author: str | None = Field(None, description="who took it back: a user or a key")
    reason: str | None = Field(None, description="why it was taken back, in their words")
    changes: list[VersionChange] = Field(description="empty of the first one")


EventVersionPage = build_page_model("EventVersionPage", "eventVersionList", EventVersion)


class VersionQuery(PageQuery):
    """Which versions: pages, the newest first."""
