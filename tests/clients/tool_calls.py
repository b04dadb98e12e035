"""What an application does: it has its tools metered by the decorator, and reports calls of tools
it cannot wrap."""

import asyncio
import contextlib
from collections.abc import Iterator

from revenium_middleware import JobContext, flush_metering, meter_tool, report_tool_call

OWNERS = {
    "agent": "support-bot",
    "organization_name": "AcmeCorp",
    "product_name": "chatbot",
    "subscriber_credential": "cred-1",
    "workflow_id": "wf-1",
    "trace_id": "trace-1",
}


@meter_tool("customer-database", operation="lookup", output_fields=["rows"], **OWNERS)
def look_up() -> dict[str, int]:
    return {"rows": 3, "secret": 1}


@meter_tool("async-tool")
async def ask() -> str:
    return "answer"


@meter_tool("stream-tool", output_fields=["pages"])
def pages() -> Iterator[dict[str, int]]:
    yield {"pages": 1}
    yield {"pages": 2}


@meter_tool("flaky-tool")
def fail() -> None:
    raise ValueError("boom")


for _ in range(2):
    look_up()
with JobContext(job_id="job-1", type="support"):
    look_up()
asyncio.run(ask())
list(pages())
with contextlib.suppress(ValueError):
    fail()
for _ in range(2):  # the caller's id groups the calls; each is an event of its own
    report_tool_call(
        "manual",
        "fetch",
        duration_ms=12,
        success=False,
        error_message="boom",
        transaction_id="group-1",
        usage_metadata={"records": 42},
    )
assert flush_metering(10) == 0
