"""What an application does: six OpenAI calls and four Anthropic calls through the unchanged
middleware."""

import anthropic
import openai
import revenium_middleware.anthropic  # noqa: F401 - importing it turns metering on
import revenium_middleware.openai  # noqa: F401

METADATA = {
    "organizationName": "AcmeCorp",
    "productName": "chatbot",
    "agent": "support",
    "subscriber": {
        "id": "u1",
        "email": "u1@acme.com",
        "credential": {"name": "prod-key", "value": "sk-1"},
    },
}

for _ in range(6):
    openai.OpenAI().chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "Hello!"}],
        usage_metadata=METADATA,  # type: ignore[call-overload] # what the middleware adds
    )
for _ in range(4):
    anthropic.Anthropic().messages.create(
        model="claude-sonnet-4-5",
        max_tokens=50,
        messages=[{"role": "user", "content": "Hello!"}],
        usage_metadata={**METADATA, "agent": "planner"},  # the middleware adds it
    )
