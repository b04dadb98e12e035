"""Demo calls as bodies of POST /meter/v2/ai/completions, from a seeded generator.

A month of them shows what reports are for: working days and nights, customers that grow and one
that leaves, a nightly batch, long contexts from the cache, failures and their retries, models
without a price, and on the 13th a loop that multiplies one customer's bill.

How many calls a day has, and their transaction ids, depend on that day alone: who loads the demo
again later adds the calls that have come since, and no call twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Any

from chalicelib.kit.clock import DAY, HOUR, SECOND, day_of, day_start, iso
from infra.demo.cast import AGENTS, ANOMALY, CUSTOMERS, MODELS, Agent, Customer, Model

Body = dict[str, Any]

_WEEKDAY_CALLS = 850
"""With weekends, about 20,000 calls in 30 days."""
_WEEKEND = 0.25
_BY_HOUR = (2, 1, 1, 1, 2, 4, 8, 16, 28, 36, 38, 36, 30, 34, 38, 37, 33, 26, 18, 12, 9, 7, 5, 3)
"""Traffic by hour of the UTC day: a company in Europe with some customers in America."""
_NIGHT = range(1, 5)
_LOOP_DAY = "13"
_LOOP_CALLS = 300
_LOOP_TIMES = 3
"""By how much the loop lengthens a trace and its context."""
_THINKERS = ("gpt-5", "gemini-2.5-pro")
"""Models whose output is in part reasoning."""
_FAILURES = ((429, "Rate limit reached"), (500, "Internal server error"), (529, "Overloaded"))


def demo_calls(now: int, days: int) -> Iterator[Body]:
    """The calls of the `days` before the instant `now` (UTC epoch ms), by day and oldest first
    within it."""
    today = day_start(day_of(now))
    for back in range(days, -1, -1):
        day = today - back * DAY
        for instant, body in _day(day, progress=1 - back / days):
            if now - days * DAY <= instant < now:
                yield body


def _day(day: int, progress: float) -> list[tuple[int, Body]]:
    rng = Random(day)  # noqa: S311 - it must be the same every time, and nothing is secret
    weekend = (day // DAY + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    calls: list[tuple[int, Body]] = []
    ordinary = int(_WEEKDAY_CALLS * (_WEEKEND if weekend else 1) * rng.uniform(0.92, 1.08))
    while len(calls) < ordinary:
        calls.extend(_trace(rng, day, progress))
    del calls[ordinary:]
    if day_of(day).endswith(_LOOP_DAY):
        while len(calls) < ordinary + _LOOP_CALLS:
            calls.extend(_trace(rng, day, progress, loop=True))
        del calls[ordinary + _LOOP_CALLS :]
    for number, (_, body) in enumerate(calls):
        body["transactionId"] = (
            "demo-" + blake2b(f"{day}/{number}".encode(), digest_size=10).hexdigest()
        )
    return sorted(calls, key=lambda call: call[0])


def _trace(rng: Random, day: int, progress: float, *, loop: bool = False) -> list[tuple[int, Body]]:
    """The calls of one workflow: one agent for one person of one customer, each after the one
    before."""
    customer, agent = _pair(rng, progress, loop=loop)
    person = rng.choice(customer.people)
    hours = _NIGHT if agent.nightly else range(24)
    (hour,) = rng.choices(hours, [1 if agent.nightly else _BY_HOUR[hour] for hour in hours])
    instant = day + hour * HOUR + rng.randrange(HOUR)
    length = 1 + int(rng.expovariate(1 / agent.calls)) * (_LOOP_TIMES if loop else 1)
    about = _attribution(customer, agent, person, day, f"{agent.trace}-{rng.getrandbits(40):010x}")
    (name,) = rng.choices(
        [name for name, _ in agent.models], [weight for _, weight in agent.models]
    )
    factor = _LOOP_TIMES if loop else 1
    calls: list[tuple[int, Body]] = []
    retry = 0
    for turn in range(length):
        moment = _Moment(instant, turn, retry, factor)
        body = _call(rng, agent, MODELS[name], moment)
        calls.append((instant, about | body))
        retry = retry + 1 if body["stopReason"] == "ERROR" else 0
        instant += body["requestDuration"] + rng.randrange(200, 20 * SECOND)
    return calls


def _pair(rng: Random, progress: float, *, loop: bool) -> tuple[Customer, Agent]:
    """A customer, by its size on that day, and an agent of the products that it buys."""
    if loop:
        return (
            next(customer for customer in CUSTOMERS if customer.name == ANOMALY[0]),
            next(agent for agent in AGENTS if agent.name == ANOMALY[1]),
        )
    (customer,) = rng.choices(
        CUSTOMERS, [customer.weight * customer.growth**progress for customer in CUSTOMERS]
    )
    agents = [agent for agent in AGENTS if agent.product in customer.products]
    return customer, rng.choices(agents, [agent.weight for agent in agents])[0]


def _attribution(customer: Customer, agent: Agent, person: str, day: int, trace: str) -> Body:
    """What all calls of a trace say of whom they serve."""
    address = f"{person}@{customer.domain}"
    body: Body = {
        "organizationName": customer.name,
        "productName": agent.product,
        "subscriber": {
            "id": f"{customer.domain.split('.')[0]}-{person}",
            "email": address,
            "credential": {"name": f"{customer.name} key", "value": f"demo-{customer.domain}"},
        },
        "agent": agent.name,
        "agentVersion": agent.version,
        "traceId": trace,
        "traceType": agent.trace,
        "traceName": f"{agent.trace.replace('-', ' ').capitalize()} for {customer.name}",
        "environment": "production",
        "region": "eu-west-1",
        "middlewareSource": "PYTHON",
        "costType": "AI",
        "operationType": agent.operation,
    }
    if agent.job:
        body["agenticJobId"] = (
            f"{agent.job}-{customer.domain.split('.')[0]}-{day_of(day).replace('-', '')}"
        )
        body["agenticJobName"] = (
            f"{agent.job.replace('-', ' ').capitalize()} of {customer.name}, {day_of(day)}"
        )
        body["agenticJobType"] = agent.job
    if agent.squad:
        body |= {
            "squadId": agent.squad,
            "squadName": agent.squad.replace("-", " ").capitalize(),
            "squadRole": agent.name,
        }
    if agent.nightly:
        body["pricingTier"] = "BATCH"
    return body


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where in its trace a call stands."""

    instant: int
    """UTC epoch ms."""
    turn: int
    """How many calls of the trace came before."""
    retry: int
    """How many of these failed just before it."""
    factor: int
    """By how much the context is lengthened."""


@dataclass(frozen=True, slots=True)
class _Tokens:
    """What a call reads and writes."""

    context: int
    """All input, cached or not."""
    cached: int
    kept: int
    """Written to the cache."""
    output: int


_NO_TOKENS = _Tokens(0, 0, 0, 0)


def _tokens(rng: Random, agent: Agent, model: Model, moment: _Moment) -> _Tokens:
    """The tokens of a call that succeeds. The context grows from turn to turn."""
    growth = 1 + 0.35 * min(moment.turn, 8)
    context = int(agent.input * moment.factor * growth * rng.lognormvariate(0, 0.45))
    cached = kept = 0
    if model.caches and moment.turn and rng.random() < 0.75:
        cached = int(context * rng.uniform(0.5, 0.85))
    if model.caches and not model.gross and rng.random() < 0.5:
        kept = int(context * 0.3)
    return _Tokens(context, cached, kept, int(agent.output * rng.lognormvariate(0, 0.6)))


def _call(rng: Random, agent: Agent, model: Model, moment: _Moment) -> Body:
    """What is the call's own: its model, tokens, times and end."""
    tokens = _tokens(rng, agent, model, moment)
    failed = rng.random() < 0.012
    if failed:
        tokens = _NO_TOKENS
    streamed = rng.random() < agent.streams
    first = int(rng.lognormvariate(6.0, 0.4) + tokens.context / 60)
    duration = first + int(tokens.output / model.speed * SECOND)
    first_token = first if streamed else duration
    fresh = tokens.context
    if not model.gross:
        fresh = max(0, tokens.context - tokens.cached - tokens.kept)
    body: Body = {
        "model": model.name,
        "provider": model.provider,
        "modelSource": model.source,
        "taskType": agent.tasks[min(moment.turn, len(agent.tasks) - 1)],
        "inputTokenCount": fresh,
        "outputTokenCount": tokens.output,
        "totalTokenCount": tokens.context + tokens.output,
        "cacheReadTokenCount": tokens.cached,
        "cacheCreationTokenCount": tokens.kept,
        "reasoningTokenCount": int(tokens.output * 0.4) if model.name in _THINKERS else 0,
        "isStreamed": streamed,
        "stopReason": _stop(rng, failed),
        "requestTime": iso(moment.instant),
        "responseTime": iso(moment.instant + duration),
        "completionStartTime": iso(moment.instant + first_token),
        "requestDuration": duration,
        "timeToFirstToken": first_token,
        "retryNumber": moment.retry,
    }
    if failed:
        body["errorCode"], body["errorReason"] = rng.choice(_FAILURES)
    return body


def _stop(rng: Random, failed: bool) -> str:
    if failed:
        return "ERROR"
    return rng.choices(
        ("END", "TOOL_CALL", "TOKEN_LIMIT", "CANCELLED", "TIMEOUT"), (80, 15, 3, 1.4, 0.6)
    )[0]
