"""What an application does whose calls an instrumentation watches: it asks a provider that answers
from memory, and writes the export of the spans, in base64, as its last line.

The instrumentation is the argument: the end of the name of a function below.
"""

import base64
import sys
import time
from itertools import count
from typing import Any

import httpx
from openai import AsyncOpenAI, OpenAI
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

ANSWER = {
    "id": "chatcmpl-B7fGxQpL",
    "object": "chat.completion",
    "created": 1_764_000_000,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hello"},
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 1_000,
        "completion_tokens": 100,
        "total_tokens": 1_100,
        "prompt_tokens_details": {"cached_tokens": 600},
        "completion_tokens_details": {"reasoning_tokens": 20},
    },
}
MESSAGE = {
    "id": "msg_01AbCdEfGh",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "max_tokens",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 500,
        "output_tokens": 50,
        "cache_read_input_tokens": 2_000,
        "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
        "service_tier": "standard",
    },
}
VECTORS = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    "usage": {"prompt_tokens": 8, "total_tokens": 8},
}
URL = "http://provider.test/v1"
MESSAGES: Any = [{"role": "user", "content": "hi"}]
NUMBERS = count(1)
SPANS = InMemorySpanExporter()
TRACERS = TracerProvider()
TRACERS.add_span_processor(SimpleSpanProcessor(SPANS))


def provider(request: httpx.Request) -> httpx.Response:
    """Answers as OpenAI does."""
    answer = VECTORS if request.url.path.endswith("/embeddings") else ANSWER
    return httpx.Response(200, json=answer)


async def numbered_provider(request: httpx.Request) -> httpx.Response:
    """Each chat under an id of its own, as real ones are."""
    if request.url.path.endswith("/embeddings"):
        return provider(request)
    return httpx.Response(200, json=ANSWER | {"id": f"{ANSWER['id']}{next(NUMBERS)}"})


async def provider_later(request: httpx.Request) -> httpx.Response:
    """The same, asynchronously."""
    return provider(request)


def openai_client() -> OpenAI:
    """A client of the provider."""
    http = httpx.Client(transport=httpx.MockTransport(provider))
    return OpenAI(api_key="k", base_url=URL, http_client=http)


def call_openai() -> None:
    """A chat and an embedding."""
    client = openai_client()
    client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
    client.embeddings.create(model="text-embedding-3-small", input="hi")


def by_openinference() -> None:
    """Phoenix's instrumentation of the client."""
    from openinference.instrumentation.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(tracer_provider=TRACERS)
    call_openai()


def by_openllmetry() -> None:
    """Traceloop's instrumentation of the client."""
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(tracer_provider=TRACERS)
    call_openai()


def by_pydantic_ai() -> None:
    """An agent of pydantic-ai, whose own span stands around the call's."""
    from pydantic_ai import Agent
    from pydantic_ai.capabilities.instrumentation import Instrumentation
    from pydantic_ai.models.instrumented import InstrumentationSettings
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    http = httpx.AsyncClient(transport=httpx.MockTransport(provider_later))
    client = AsyncOpenAI(api_key="k", base_url=URL, http_client=http)
    model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client))
    settings = InstrumentationSettings(tracer_provider=TRACERS)
    Agent(model, capabilities=[Instrumentation(settings)]).run_sync("hi")


def by_litellm() -> None:
    """LiteLLM's own callback, which logs in a thread of its own."""
    import litellm
    from litellm.integrations.opentelemetry import OpenTelemetry, OpenTelemetryConfig

    config = OpenTelemetryConfig(exporter="console")
    litellm.callbacks = [OpenTelemetry(config=config, tracer_provider=TRACERS)]
    litellm.completion(model="openai/gpt-4o-mini", messages=MESSAGES, client=openai_client())
    await_spans(1)


def by_litellm_async() -> None:
    """The same of calls that are awaited, two at once, and of an embedding."""
    import asyncio

    import litellm
    from litellm.integrations.opentelemetry import OpenTelemetry, OpenTelemetryConfig

    config = OpenTelemetryConfig(exporter="console")
    litellm.callbacks = [OpenTelemetry(config=config, tracer_provider=TRACERS)]

    async def call() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(numbered_provider))
        client = AsyncOpenAI(api_key="k", base_url=URL, http_client=http)
        chat = {"model": "openai/gpt-4o-mini", "messages": MESSAGES, "client": client}
        await asyncio.gather(litellm.acompletion(**chat), litellm.acompletion(**chat))
        await litellm.aembedding(model="openai/text-embedding-3-small", input="hi", client=client)
        for _ in range(100):
            if len(SPANS.get_finished_spans()) >= 3:
                break
            await asyncio.sleep(0.1)

    asyncio.run(call())
    await_spans(3)


def by_anthropic() -> None:
    """Anthropic's client, which makes its spans itself."""
    import httpx2
    from anthropic import Anthropic

    answer = httpx2.MockTransport(lambda _: httpx2.Response(200, json=MESSAGE))
    Anthropic(
        api_key="k",
        base_url="http://provider.test",
        http_client=httpx2.Client(transport=answer),
        open_telemetry={"tracer_provider": TRACERS},
    ).messages.create(model="claude-sonnet-4-5", max_tokens=50, messages=MESSAGES)


def await_spans(number: int) -> None:
    """Wait for so many spans, and a moment longer for what follows them."""
    end = time.monotonic() + 10
    while len(SPANS.get_finished_spans()) < number and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)


globals()[f"by_{sys.argv[1]}"]()
sys.stdout.write(
    base64.b64encode(encode_spans(SPANS.get_finished_spans()).SerializeToString()).decode()
)
