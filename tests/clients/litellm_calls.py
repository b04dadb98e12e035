"""What an application does: chats with two vendors, streamed and whole, and an embedding, all
through LiteLLM."""

import os

import litellm
import revenium_middleware.litellm.client
from revenium_middleware import flush_metering

METADATA = {
    "organizationName": "AcmeCorp",
    "productName": "chatbot",
    "agent": "router",
    "traceId": "trace-1",
}
MESSAGES = [{"role": "user", "content": "Hello!"}]
OPENAI = {"api_base": os.environ["OPENAI_BASE_URL"], "usage_metadata": METADATA}

litellm.telemetry = False
for _ in range(3):
    litellm.completion(model="openai/gpt-4o-mini", messages=MESSAGES, **OPENAI)
for chunk in litellm.completion(
    model="openai/gpt-4o-mini", messages=MESSAGES, stream=True, **OPENAI
):
    assert chunk.choices is not None
for _ in range(2):
    litellm.completion(
        model="anthropic/claude-sonnet-4-5",
        max_tokens=50,
        messages=MESSAGES,
        api_base=os.environ["ANTHROPIC_BASE_URL"],
        usage_metadata={**METADATA, "agent": "planner"},
    )
with revenium_middleware.litellm.client.metadata_context.set(agent="librarian"):
    litellm.embedding(
        model="openai/text-embedding-3-small", input=["Hello!"], api_base=OPENAI["api_base"]
    )
assert flush_metering(10) == 0
