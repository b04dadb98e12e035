"""JSON out: compact text in which a Decimal is a number with all its digits."""

from typing import Any

import simplejson


def dumps(value: Any) -> bytes:  # noqa: ANN401 - JSON is any value
    """Compact UTF-8 JSON. Decimals become exact numbers: a float would lose nano-dollars of large sums."""
    text = simplejson.dumps(value, use_decimal=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return str(text).encode()
