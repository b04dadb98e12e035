"""What an old application does with revenium_metering 6.8.3: a completion, and tools at both
spellings of the address.

The old client sends in the caller's thread, so there is nothing to flush. It would only warn of a
tool event that was refused; here that is an error.
"""

import asyncio
import logging
import os
from datetime import UTC, datetime
from typing import NoReturn

import revenium_metering

ORIGIN, KEY = os.environ["REVENIUM_METERING_BASE_URL"], os.environ["REVENIUM_METERING_API_KEY"]
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class _Strict(logging.Handler):
    def emit(self, record: logging.LogRecord) -> NoReturn:
        raise AssertionError(record.getMessage())


@revenium_metering.meter_tool(
    "legacy-tool", operation="scrape", output_fields=["pages"], agent="scraper"
)
def scrape() -> dict[str, int]:
    return {"pages": 2}


@revenium_metering.meter_tool("legacy-async", organization_id="AcmeCorp", product="chatbot")
async def ask() -> str:
    return "answer"


logging.getLogger("revenium_metering").addHandler(_Strict(logging.WARNING))
for base in (ORIGIN, f"{ORIGIN}/meter"):
    answer = revenium_metering.ReveniumMetering(base_url=base).ai.create_completion(
        completion_start_time=NOW,
        cost_type="AI",
        input_token_count=100,
        is_streamed=False,
        model="gpt-4o-mini",
        output_token_count=20,
        provider="OPENAI",
        request_duration=1200,
        request_time=NOW,
        response_time=NOW,
        stop_reason="END",
        total_token_count=120,
        transaction_id=f"old-{len(base)}",
        organization_id="AcmeCorp",
        product_id="chatbot",
        credential_alias="my key",
        agent="scraper",
    )
    assert answer.id
    revenium_metering.configure(metering_url=base, api_key=KEY)
    scrape()
    asyncio.run(ask())
    revenium_metering.report_tool_call(
        "manual", success=False, error_message="boom", trace_id="trace-1"
    )
