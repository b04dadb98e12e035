"""LiteLLM's arithmetic, run inside .bench-venv: calls as JSON on stdin, `{"calls", "seconds"}` as
the last line out."""

import json
import os
import sys
import time
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its map from the package: no network

import litellm  # type: ignore[import-not-found]

_ROUNDS = 3


def main() -> None:
    """Time the calls that it has a price for."""
    known = [call for call in json.load(sys.stdin) if _knows(call)]
    seconds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        for call in known:
            litellm.cost_per_token(**call)
        seconds.append(time.process_time() - start)
    print(json.dumps({"calls": len(known), "seconds": min(seconds)}))  # noqa: T201 - its answer


def _knows(call: dict[str, Any]) -> bool:
    try:
        litellm.cost_per_token(**call)
    except Exception:  # noqa: BLE001 - whatever an unknown model makes it raise
        return False
    return True


main()
