"""Settings: one validated model, read from the environment once."""

import os
from collections.abc import Mapping

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
    hourly_span_hours: int = 48
    """Reports over at most this span are bucketed by hour."""
    daily_span_days: int = 92
    """Reports over at most this span are bucketed by day, longer ones by month."""
    query_timeout_s: float = 25.0
    """Reports that take longer are cancelled (API Gateway gives up after 29 s)."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate the settings. Raises pydantic.ValidationError naming every bad one."""
    names = {PREFIX + name.upper(): name for name in Settings.model_fields}
    return Settings.model_validate(
        {name: environment[key] for key, name in names.items() if environment.get(key)}
    )
