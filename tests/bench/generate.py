"""Stored events as the ledger holds them, by the hundred thousand: every column of ai_events,
believable in variety.

What makes a lake file large is what does not repeat: ids, instants and token counts. They are as
random here as in life; names come from the demo's cast, amounts from rating.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.events import EventRecord
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Usage
from infra.demo.cast import AGENTS, CUSTOMERS, MODELS, Agent, Customer

_MEDIA_SHARE = 0.03
_REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-2")


def stored_events(team: str, count: int, *, day: int, seed: int = 7) -> Iterator[EventRecord]:
    """`count` events of the UTC day that begins at `day` (ms), in the order in which they were
    received."""
    rng = Random(seed)
    step = DAY / count
    trace: dict[str, Any] = {}
    for number in range(count):
        if not trace or rng.random() < 0.3:
            trace = _trace(rng)
        row = trace | _call(
            rng, MODELS[trace["model"]].provider, trace["model"], day + int(number * step)
        )
        row |= _media(rng) if rng.random() < _MEDIA_SHARE else {}
        row["event_id"] = event_id(team, row["kind"], row["transaction_id"])
        body = pack({name: value for name, value in row.items() if value is not None})
        yield EventRecord(
            team, row["event_id"], 1, AI_EVENTS.name, day_of(row["requested_at"]), body
        )


def _trace(rng: Random) -> dict[str, Any]:
    """The columns that all calls of a trace share."""
    customer: Customer = rng.choices(CUSTOMERS, [each.weight for each in CUSTOMERS])[0]
    agent: Agent = rng.choices(AGENTS, [each.weight for each in AGENTS])[0]
    person = f"{rng.choice(customer.people)}{rng.randrange(60)}"
    (model,) = rng.choices(
        [name for name, _ in agent.models], [weight for _, weight in agent.models]
    )
    return {
        "version": 1,
        "deleted": False,
        "kind": "COMPLETION",
        "channel": rng.choice(("REST", "REST", "REST", "OTLP")),
        "provider": MODELS[model].provider,
        "model": model,
        "model_source": MODELS[model].source,
        "model_host": "bedrock" if model.startswith("us.") else None,
        "operation_type": agent.operation,
        "operation_subtype": "tools" if rng.random() < 0.1 else None,
        "cost_type": "AI",
        "pricing_tier": "BATCH" if agent.nightly else "STANDARD",
        "service_tier": "default" if MODELS[model].provider == "OPENAI" else None,
        "cost_source": "revenium_metered",
        "assistant": "claude-code" if rng.random() < 0.03 else None,
        "organization_id": f"o{CUSTOMERS.index(customer):05d}",
        "organization": customer.name,
        "product_id": f"p{agent.product}",
        "product": agent.product,
        "subscriber_id": f"s{person}",
        "subscriber": person,
        "subscriber_email": f"{person}@{customer.domain}",
        "credential_id": f"c{CUSTOMERS.index(customer):05d}",
        "credential": f"{customer.name} key",
        "subscription": f"sub-{customer.domain}",
        "agent": agent.name,
        "agent_version": agent.version,
        "trace_id": f"{rng.getrandbits(128):032x}",
        "trace_type": agent.trace,
        "trace_name": f"{agent.trace} for {customer.name}",
        "job_id": f"{agent.job}-{rng.randrange(400)}" if agent.job else None,
        "squad_id": agent.squad or None,
        "squad_name": agent.squad or None,
        "squad_role": agent.name if agent.squad else None,
        "ticket_id": f"T-{rng.randrange(5_000)}" if rng.random() < 0.2 else None,
        "environment": "production",
        "region": rng.choice(_REGIONS),
        "middleware_source": "PYTHON",
        "api_key_id": f"k{CUSTOMERS.index(customer)}",
        "task_type": rng.choice(agent.tasks),
    }


def _call(rng: Random, provider: str, model: str, received: int) -> dict[str, Any]:
    """The columns that are the call's own, its cost included."""
    failed = rng.random() < 0.012
    fresh = 0 if failed else int(rng.lognormvariate(7.6, 0.9))
    output = 0 if failed else int(rng.lognormvariate(5.6, 0.8))
    cached = int(fresh * rng.uniform(0.3, 0.9)) if rng.random() < 0.4 else 0
    five, hour = (int(fresh * 0.2), int(fresh * 0.05)) if rng.random() < 0.15 else (0, 0)
    first = int(rng.lognormvariate(6, 0.5))
    duration = first + output * 14
    requested = received - received % DAY + max(0, received % DAY - duration)
    usage = Usage(
        provider,
        model,
        requested,
        input=fresh,
        output=output,
        cache_read=cached,
        cache_creation=five + hour,
        cache_creation_5m=five,
        cache_creation_1h=hour,
    )
    rating = rate(usage, book())
    return {
        "transaction_id": f"chatcmpl-{rng.getrandbits(128):032x}",
        "requested_at": requested,
        "responded_at": requested + duration,
        "first_token_at": requested + first,
        "received_at": received + rng.randrange(HOUR // 60),
        "revised_at": received + HOUR if failed else None,
        "duration_ms": duration,
        "time_to_first_token_ms": first,
        "stop_reason": "ERROR"
        if failed
        else rng.choices(("END", "TOOL_CALL", "TOKEN_LIMIT"), (80, 17, 3))[0],
        "error_reason": "Rate limit reached" if failed else None,
        "error_code": 429 if failed else None,
        "is_streamed": rng.random() < 0.5,
        "retry_number": int(rng.random() < 0.02),
        "input_tokens": fresh,
        "output_tokens": output,
        "total_tokens": fresh + output + cached + five + hour,
        "reasoning_tokens": output // 3 if rng.random() < 0.2 else 0,
        "cache_read_tokens": cached,
        "cache_creation_tokens": five + hour,
        "cache_creation_5m_tokens": five,
        "cache_creation_1h_tokens": hour,
        "price_status": rating.status,
        "price_source": rating.source,
        "price_version": rating.price_version,
        "unpriced_reason": rating.reason and rating.reason.value,
        "cost_nano": rating.cost,
        "input_cost_nano": rating.legs.input,
        "output_cost_nano": rating.legs.output,
        "cache_read_cost_nano": rating.legs.cache_read,
        "cache_creation_cost_nano": rating.legs.cache_creation,
        "parent_transaction_id": f"chatcmpl-{rng.getrandbits(128):032x}"
        if rng.random() < 0.15
        else None,
        "transaction_name": "nightly import" if rng.random() < 0.05 else None,
        "extras": pack({"temperature": rng.choice((0, 0.2, 0.7)), "promptLength": fresh * 4}),
    }


_NO_LEGS = dict.fromkeys(
    ("input_cost_nano", "output_cost_nano", "cache_read_cost_nano", "cache_creation_cost_nano")
)
_MEDIA: tuple[dict[str, Any], ...] = (
    {"kind": "IMAGE", "model": "dall-e-3", "images": 2, "resolution": "1024x1024", "quality": "hd"},
    {"kind": "AUDIO", "model": "whisper-1", "seconds": 61.5, "billing_unit": "PER_MINUTE"},
    {"kind": "AUDIO", "model": "tts-1", "characters": 900, "billing_unit": "PER_CHARACTER"},
    {
        "kind": "AUDIO",
        "model": "gpt-4o-mini-tts",
        "audio_input_tokens": 0,
        "audio_output_tokens": 700,
    },
    {"kind": "VIDEO", "provider": "RUNWAY", "model": "gen4_turbo", "seconds": 5.0, "credits": 25.0},
)


def _media(rng: Random) -> dict[str, Any]:
    """The columns of an audio, image or video call, over those of a completion; its cost is made
    up."""
    cost = rng.randrange(100_000, 200_000_000)
    price = {
        "price_status": "PRICED",
        "price_source": "BOOK",
        "cost_nano": cost,
        "media_cost_nano": cost,
    }
    return {
        "provider": "OPENAI",
        **rng.choice(_MEDIA),
        **price,
        **_NO_LEGS,
        "stated_cost_nano": cost // 1_000 * 1_000,
    }
