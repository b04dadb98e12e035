"""Settings: one validated model, read from the environment once."""

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "METERLAKE_"


class Settings(BaseModel):
    """All that may differ between deployments; each field is read from METERLAKE_<FIELD> in upper
    case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str = Field(default="local", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    """Name of the deployment: one stage a tenant."""
    region: str = "us-east-1"
    core_table: str = "meterlake-core"
    """DynamoDB table of documents, replays."""
    events_table: str = "meterlake-events"
    counters_table: str = "meterlake-counters"
    lake_bucket: str = "meterlake-lake"
    vault_bucket: str = "meterlake-vault"
    """Bucket of sealed blobs: prompts."""
    results_bucket: str = "meterlake-results"
    """Bucket that Athena writes query results to."""
    database: str = "meterlake"
    """Glue database of the lake tables."""
    workgroup: str = "meterlake"
    """Athena workgroup; it enforces the cut-off of scanned bytes."""
    kms_key: str = "alias/meterlake"
    mail_from: str = ""
    """Sender of e-mails; SES must have verified it."""
    body_limit_bytes: int = 10 * 1024 * 1024
    """Of a request body, packed and unpacked alike."""
    key_cache_s: int = Field(default=60, ge=0, le=60)
    """How long a checked API key is trusted, seconds: a revoked key stops working within this
    time."""
    event_retention_days: int = Field(default=400, ge=1)
    """How long the ledger keeps an event for by-id reads; the lake keeps it for ever."""
    enforcement_age_s: float = Field(default=30.0, ge=0, le=600)
    """How old the compiled set of cost controls may be when an SDK polls it, seconds."""
    counting_ahead_s: float = Field(default=5.0, ge=0.05, le=60)
    """How far ahead of now the counting of a budget begins, seconds: more than clocks of functions
    differ and storing a rule takes."""
    counter_leases: Literal["hot", "always", "never"] = "hot"
    """Which counters hand their limits out in parts: those that many reserve from at once, all, or
    none."""
    hourly_span_hours: int = 48
    """Reports over at most this span are bucketed by hour."""
    daily_span_days: int = 92
    """Reports over at most this span are bucketed by day, longer ones by month."""
    private_origins: str = ""
    """Origins, with commas between them, that may be called though they are private or without TLS,
    such as http://127.0.0.1:4000 for a proxy of one's own."""
    bill_sync_minutes: int = Field(default=60, ge=5)
    """How long after one reading of a provider's bill the next one begins."""
    bill_running_days: int = Field(default=2, ge=1, le=90)
    """Days, today among them, that are read each time ..."""
    bill_window_days: int = Field(default=35, ge=1, le=90)
    """... and once a day, because providers revise what they have told."""
    github_url: str = Field(default="https://api.github.com", pattern=r"^https?://[!-~]+$")
    """Where GitHub's interface stands; that of an Enterprise Server ends in /api/v3."""
    github_sync_minutes: int = Field(default=60, ge=5)
    """How long after one look at merged pull requests the next one begins."""
    github_first_days: int = Field(default=90, ge=1, le=3_650)
    """How far back the first look goes."""
    bill_rest_percent: Decimal = Field(default=Decimal(1), ge=0, le=100)
    """Share of a bill above which its unexplained rest is told of."""
    exchange_rates_url: str = ""
    """Where the European Central Bank's daily reference rates are read from, such as
    https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml; empty: rates are set by hand."""
    insights_enabled: bool = True
    """Whether recommendations are made at all."""
    insight_dedup_s: float = Field(default=600.0, ge=0, le=86_400)
    """A run that asks the same as one of so many seconds ago is answered with that one."""
    insight_thresholds: str = "{}"
    """JSON text of the thresholds that differ (chalicelib/recommendations/thresholds.py)."""
    query_timeout_s: float = 25.0
    """Reports that take longer are cancelled (API Gateway gives up after 29 s)."""

    @property
    def permitted_origins(self) -> frozenset[str]:
        """The `private_origins`, one by one."""
        return frozenset(filter(None, (each.strip() for each in self.private_origins.split(","))))


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate the settings. Raises pydantic.ValidationError naming every bad one."""
    names = {PREFIX + name.upper(): name for name in Settings.model_fields}
    return Settings.model_validate(
        {name: environment[key] for key, name in names.items() if environment.get(key)}
    )
