"""What a guarded application does: chats, streams and embeds through LiteLLM, in each of its ways,
until its budget is gone. Prints what came of each call, a line of JSON each."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from typing import Any

import litellm

from meterlake_guard import BudgetExceeded, Guard
from meterlake_guard.litellm_callback import MeterlakeBudgets, install

METADATA = {"meterlake": {"agent": "router", "organizationName": "Acme"}, "mine": "kept"}
MESSAGES = [{"role": "user", "content": "Hello, how are you?"}]
OPENAI = {"api_base": os.environ["OPENAI_BASE_URL"], "metadata": METADATA}
CHAT = {"model": "openai/gpt-4o-mini", "messages": MESSAGES, "max_tokens": 50, **OPENAI}
DEAD = {"api_base": "http://127.0.0.1:9/v1", "max_retries": 0}

litellm.telemetry = False
guard = Guard(fail="closed", timeout_ms=20_000)
if os.environ.get("WIRED", "yes") == "yes":
    install(MeterlakeBudgets(guard))


def outcome_of(call: Callable[[], Any]) -> tuple[str, str]:
    """What came of a call."""
    try:
        answer = call()
    except BudgetExceeded as error:
        return "BLOCKED", str(error)
    except litellm.exceptions.InternalServerError as error:
        return "FAILED", type(error).__name__
    return "ANSWERED", getattr(answer, "id", None) or ""


def stream() -> None:
    for chunk in litellm.completion(**CHAT, stream=True):
        assert chunk.choices is not None


async def stream_async() -> None:
    async for chunk in await litellm.acompletion(**CHAT, stream=True):
        assert chunk.choices is not None
    await asyncio.sleep(0.5)


async def settled(call: Any) -> Any:
    """The answer of a call, and time for what LiteLLM does behind it."""
    answer = await call
    await asyncio.sleep(0.5)
    return answer


def claude() -> Any:
    return litellm.completion(
        "anthropic/claude-sonnet-4-5",
        MESSAGES,
        max_tokens=50,
        api_base=os.environ["ANTHROPIC_BASE_URL"],
    )


CLAUDE = {
    "model": "anthropic/claude-sonnet-4-5",
    "max_tokens": 50,
    "api_base": os.environ["ANTHROPIC_BASE_URL"],
    "api_key": "sk-ant-fake",
}
TEXT = {**CLAUDE, "prompt": "Hello!"}


def router() -> litellm.Router:
    """Its first deployment is dead."""
    models = [
        {"model_name": "first", "litellm_params": {"model": CHAT["model"], **DEAD}},
        {
            "model_name": "second",
            "litellm_params": {"model": CHAT["model"], "api_base": OPENAI["api_base"]},
        },
    ]
    return litellm.Router(
        model_list=models, fallbacks=[{"first": ["second"]}], num_retries=1, retry_after=0
    )


ROUTED = {"model": "first", "messages": MESSAGES, "max_tokens": 50, "metadata": METADATA}


EMBEDDING = {"model": "openai/text-embedding-3-small", "input": ["Hello!"], **OPENAI}
CALLS: dict[str, Callable[[], Any]] = {
    "sync": lambda: litellm.completion(**CHAT),
    "async": lambda: asyncio.run(settled(litellm.acompletion(**CHAT))),
    "stream": stream,
    "async stream": lambda: asyncio.run(stream_async()),
    "embedding": lambda: litellm.embedding(**EMBEDDING),
    "async embedding": lambda: asyncio.run(settled(litellm.aembedding(**EMBEDDING))),
    "positional": claude,
    "messages": lambda: asyncio.run(
        settled(litellm.anthropic_messages(**CLAUDE, messages=MESSAGES))
    ),
    "text": lambda: litellm.text_completion(**TEXT),
    "async text": lambda: asyncio.run(settled(litellm.atext_completion(**TEXT))),
    "fails": lambda: litellm.completion(**{**CHAT, **DEAD}),
    "async fails": lambda: asyncio.run(litellm.acompletion(**{**CHAT, **DEAD})),
    "routed": lambda: asyncio.run(settled(router().acompletion(**ROUTED))),
    "routed sync": lambda: router().completion(**ROUTED),
}

names = os.environ["CALLS"].split(",")
for name in names:
    outcome, detail = outcome_of(CALLS[name])
    print(json.dumps([name, outcome, detail]))  # noqa: T201 - the answer
    if outcome == "ANSWERED" and name != names[-1]:
        guard.flush(20)
        time.sleep(float(os.environ.get("PAUSE_S", "0")))
litellm_threads = getattr(litellm.utils, "executor", None)
if litellm_threads is not None:
    litellm_threads.shutdown(wait=True)
assert guard.flush(20)
