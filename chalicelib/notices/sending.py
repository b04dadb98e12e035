"""Sending: one try of one delivery, and what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import HOUR, SECOND, iso
from chalicelib.kit.jsontext import dumps
from chalicelib.notices.records import SLACK, TEST, WEBHOOK, Channel, Delivery, Hook, Status
from chalicelib.notices.signing import sign
from chalicelib.ports.outbound import AddressRefused, Call, Mail, Reply, Unreachable
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World

_KIND_OF = {Channel.SLACK: SLACK, Channel.WEBHOOK: WEBHOOK}
_HEADERS = {"content-type": "application/json", "user-agent": "Meterlake"}
_SHOWN_BYTES = 500
"""Of what a receiver answers."""
_GONE = 410
_LONGEST_WAIT_MS = HOUR
"""That a receiver may ask for."""
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""Slack reads <!channel> and links in these; names come from anybody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try; PENDING means that another one may help. `http` is the status that the
    receiver answered with, None for none; `wait_ms` how long it asked to be left alone."""

    status: Status
    error: str = ""
    http: int | None = None
    answer: str = ""
    wait_ms: int = 0


def send(world: World, tenant: Scope, delivery: Delivery) -> Outcome:
    """Try a delivery once. Raises nothing that a destination could cause."""
    if delivery.channel is Channel.EMAIL:
        return _mail(world, tenant, delivery)
    kind = _KIND_OF[delivery.channel]
    record = world.documents.get(tenant, kind, delivery.target)
    if record is None or record.deleted:
        return Outcome(Status.SKIPPED, "the destination was deleted")
    hook = Hook.of(record)
    if delivery.event != TEST:
        if not hook.is_enabled:
            return Outcome(Status.SKIPPED, "the destination is switched off")
        if not hook.wants(delivery.event):
            return Outcome(Status.SKIPPED, f"the destination wants no {delivery.event}")
    try:
        call = _build_call(world, tenant, delivery, hook)
    except SealBroken:
        return Outcome(Status.FAILED, "what is sealed of the destination cannot be opened")
    return _call(world, tenant, call)


def render_payload(delivery: Delivery) -> str:
    """The body of a webhook: the same for every try."""
    content = {
        "type": delivery.event,
        "timestamp": iso(delivery.created_at),
        "data": read_body(delivery),
    }
    return dumps(content).decode()


def read_body(delivery: Delivery) -> dict[str, Any]:
    """The facts of a notice, numbers exact."""
    return json.loads(delivery.body, parse_float=Decimal)  # type: ignore[no-any-return]


def _mail(world: World, tenant: Scope, delivery: Delivery) -> Outcome:
    if "@" not in delivery.target:
        return Outcome(Status.SKIPPED, "the address was erased")
    subject = " ".join(delivery.subject.split())
    mail = Mail([delivery.target], subject, f"{delivery.text}\n")
    try:
        world.outbound.mail(tenant, mail)
    except Unreachable as error:
        return Outcome(Status.PENDING, error.message)
    return Outcome(Status.DELIVERED)


def _build_call(world: World, tenant: Scope, delivery: Delivery, hook: Hook) -> Call:
    """Raises SealBroken."""
    if delivery.channel is Channel.SLACK:
        subject, text = (each.translate(_ESCAPES) for each in (delivery.subject, delivery.text))
        body = dumps({"text": f"*{subject}*\n{text}"})
        return Call("POST", world.secrets.open(tenant, hook.url), _HEADERS, body)
    now = world.now()
    keys = [
        world.secrets.open(tenant, sealed)
        for sealed, until in hook.secrets
        if until is None or now < until
    ]
    payload = render_payload(delivery)
    signature = sign(keys, f"msg_{delivery.id}", now, payload)
    return Call("POST", hook.url, {**_HEADERS, **signature}, payload.encode())


def _call(world: World, tenant: Scope, call: Call) -> Outcome:
    try:
        reply = world.outbound.call(tenant, call)
    except AddressRefused as error:
        return Outcome(Status.FAILED, error.message)
    except Unreachable as error:
        return Outcome(Status.PENDING, error.message)
    return _judge(reply)


def _judge(reply: Reply) -> Outcome:
    """A redirect is no delivery: nobody may send us elsewhere."""
    answer = reply.body[:_SHOWN_BYTES].decode(errors="replace")
    if reply.status // 100 == 2:
        return Outcome(Status.DELIVERED, "", reply.status, answer)
    status = Status.FAILED if reply.status == _GONE else Status.PENDING
    error = f"the receiver answered {reply.status}"
    return Outcome(status, error, reply.status, answer, _asked_wait(reply.headers))


def _asked_wait(headers: Mapping[str, str]) -> int:
    """Milliseconds of a Retry-After header in seconds; 0 for none."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    text = lowered.get("retry-after", "")
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(int(text[:9]) * SECOND, _LONGEST_WAIT_MS)
