"""JSON out, in two ways: exact for what people read, fast for what is stored."""

from typing import Any

import simplejson
from pydantic_core import to_json


def dumps(value: Any) -> bytes:  # noqa: ANN401 - JSON is any value
    """Compact UTF-8 JSON. Decimals become exact numbers: a float would lose nano-dollars of large
    sums."""
    text = simplejson.dumps(
        value, use_decimal=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return str(text).encode()


def pack(value: Any) -> str:  # noqa: ANN401 - JSON is any value
    """Compact JSON text, five times as fast. Decimals become texts; NaN, which is no JSON, becomes
    null."""
    return to_json(value, inf_nan_mode="null").decode()
