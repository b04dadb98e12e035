"""An application that calls until its budget stops it: prints how many calls went through, and what
it was told."""

import json
import time

import openai
import revenium_middleware.openai  # noqa: F401 - importing it turns metering on
from revenium_middleware import BudgetExceededError

_LONGEST_S = 60
_PAUSE_S = 0.3
_OTHER = 2
"""Calls of another agent after the block, which no rule is about."""


def call(agent: str) -> None:
    """One call of a model."""
    openai.OpenAI().chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "Hello!"}],
        usage_metadata={"agent": agent},  # type: ignore[call-overload] # the middleware adds it
    )


made, told = 0, ""
until = time.monotonic() + _LONGEST_S
while not told and time.monotonic() < until:
    try:
        call("spender")
        made += 1
        time.sleep(_PAUSE_S)
    except BudgetExceededError as error:
        told = error.deny_message or error.message
for _ in range(_OTHER):
    call("other")
print(json.dumps({"made": made, "told": told}), flush=True)  # noqa: T201 - an application
