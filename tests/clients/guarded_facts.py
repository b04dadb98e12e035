"""Prints what the guard makes of the arguments of LiteLLM's calls, which stand in CASES."""

import json
import os
from types import SimpleNamespace

import litellm

from meterlake_guard.litellm_callback import MeterlakeBudgets
from meterlake_guard.litellm_facts import _tokens_of, attribution_of, request_of

litellm.telemetry = False
cases = json.loads(os.environ["CASES"])


class Usage(SimpleNamespace):
    """Counts as attributes, at each depth."""

    def __init__(self, **counts: object) -> None:
        nested = {
            name: Usage(**value) if isinstance(value, dict) else value
            for name, value in counts.items()
        }
        super().__init__(**nested)


answers = {
    "requests": [request_of(each, None) for each in cases["requests"]],
    "default": request_of(cases["requests"][0], 77),
    "people": [attribution_of(each) for each in cases["people"]],
    "usages": [_tokens_of(Usage(**each)) for each in cases["usages"]],
    "no usage": _tokens_of(None),
    "tries": [MeterlakeBudgets().describe({"litellm_call_id": "c"})["transactionId"]],
}
print(json.dumps(answers))  # noqa: T201 - the answer
