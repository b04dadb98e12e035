"""What a tenant and a team have chosen, read once from their records; the defaults hold for a
record that says nothing, or is not there."""

from dataclasses import dataclass

from chalicelib.ports.documents import Record

BILLS_USAGE, RETENTION_DAYS = "usageBillingEnabled", "retentionDays"
"""Members of a tenant's record. No API shows or sets the second one."""


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """`bills_usage`: the customers of the tenant are billed for their usage. `retention_days`: for
    how many days events are kept; None: for ever."""

    bills_usage: bool = True
    retention_days: int | None = None

    @classmethod
    def of(cls, record: Record | None) -> "TenantSettings":
        """The settings of a tenant's record."""
        if record is None:
            return cls()
        days = record.doc.get(RETENTION_DAYS)
        return cls(
            bills_usage=record.doc.get(BILLS_USAGE) is not False,
            retention_days=None if days is None else int(days),
        )


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """`captures_prompts`: the texts of calls are kept, of each at most `prompt_limit` characters
    (None: as many as the system allows). Invoices wait `holding_count` times `holding_period` (a
    unit such as DAY; None, 0: not at all) before they are sent."""

    captures_prompts: bool = False
    prompt_limit: int | None = None
    holding_period: str | None = None
    holding_count: int = 0

    @classmethod
    def of(cls, record: Record | None) -> "TeamSettings":
        """The settings of a team's record."""
        if record is None:
            return cls()
        doc = record.doc
        return cls(
            captures_prompts=doc.get("promptCaptureEnabled") is True,
            prompt_limit=doc.get("maxPromptLength"),
            holding_period=doc.get("invoiceHoldingPeriod"),
            holding_count=doc.get("invoiceHoldingPeriodCount") or 0,
        )
