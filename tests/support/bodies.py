"""Bodies that clients send."""

from typing import Any

from chalicelib.kit.clock import SECOND, iso
from tests.conftest import NOON


def completion(number: int = 1, at: int = NOON - SECOND, **members: Any) -> dict[str, Any]:
    """A believable completion: 1,000 tokens in and 100 out of gpt-4o-mini, which is 210,000
    nano-USD."""
    return {
        "transactionId": f"chatcmpl-{number}",
        "model": "gpt-4o-mini",
        "provider": "OPENAI",
        "requestTime": iso(at),
        "responseTime": iso(at + 800),
        "requestDuration": 800,
        "inputTokenCount": 1000,
        "outputTokenCount": 100,
        "totalTokenCount": 1100,
        "isStreamed": False,
        "stopReason": "END",
        **members,
    }
