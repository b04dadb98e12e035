"""Verbs of notices: what other domains call.

Whoever has something to tell enqueues it; what is due is sent by a schedule (or a thread), again
and again with growing pauses, for about a day.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from chalicelib.kit.errors import Fault
from chalicelib.kit.ids import event_id, new_id
from chalicelib.kit.jsontext import dumps
from chalicelib.kit.logs import logger
from chalicelib.kit.parallel import at_once
from chalicelib.kit.telemetry import count
from chalicelib.kit.turns import in_turn
from chalicelib.notices.attempts import attempt
from chalicelib.notices.records import (
    DELIVERY,
    SLACK,
    TEST,
    WEBHOOK,
    Channel,
    Delivery,
    Hook,
    Status,
    line_of,
    place_in_line,
)
from chalicelib.ports.documents import Record, Taken, read_many, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import NOTIFIED, notified_teams

_LAST = 10**16
_MOST_BYTES = 64 * 1024
_AT_ONCE, _TO_ONE, _MOST_READ = 200, 20, 10_000
"""Deliveries of a team that a run takes, in all and to one destination; and how many it looks at to
find them."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. `key` is the same for the same thing, however often it is found; `event`
    is what it is called, such as `cost_control.blocked`. No prompt and no secret may stand in it.
    `body` are the facts for programs: JSON, with Decimals for exact numbers."""

    key: str
    event: str
    subject: str
    text: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Destinations:
    """Whom to tell: addresses, and ids of Slack configurations and webhooks."""

    emails: Sequence[str] = ()
    slack: Sequence[str] = ()
    webhooks: Sequence[str] = ()

    def each(self) -> Iterator[tuple[Channel, str]]:
        """One after the other, none twice."""
        ways = (
            (Channel.EMAIL, self.emails),
            (Channel.SLACK, self.slack),
            (Channel.WEBHOOK, self.webhooks),
        )
        for channel, targets in ways:
            for target in dict.fromkeys(targets):
                yield channel, target


def find_listeners(
    world: World, tenant: Scope, event: str, kinds: Sequence[str] = (SLACK, WEBHOOK)
) -> Destinations:
    """The channels and webhooks of a tenant that are switched on and want to hear of an event."""
    found: dict[str, list[str]] = {}
    for kind in kinds:
        hooks = [Hook.of(record) for record in walk(world.documents, tenant, kind)]
        found[kind] = [hook.id for hook in hooks if hook.is_enabled and hook.wants(event)]
    return Destinations(slack=found.get(SLACK, ()), webhooks=found.get(WEBHOOK, ()))


def enqueue(
    world: World, tenant: Scope, team: Scope, notice: Notice, destinations: Destinations
) -> None:
    """Have a notice sent to all destinations, once to each: the same key again changes nothing.
    Raises ValueError for a notice of more than 64 KiB."""
    for channel, target in destinations.each():
        enqueue_one(world, tenant, team, notice, (channel, target))


def enqueue_one(
    world: World, tenant: Scope, team: Scope, notice: Notice, destination: tuple[Channel, str]
) -> str:
    """As `enqueue`, to one destination; the id of the delivery, empty when it was there already."""
    now = world.now()
    body = dumps(notice.body).decode()
    if len(body) + len(notice.text) + len(notice.subject) > _MOST_BYTES:
        raise ValueError("a notice has 64 KiB at most")
    channel, target = destination
    marker = place_in_line(Status.PENDING, now)
    doc = {
        "key": notice.key,
        "event": notice.event,
        "subject": notice.subject,
        "text": notice.text,
        "body": body,
        "channel": channel,
        "target": target,
        "status": Status.PENDING,
        "due": now,
        "tries": 0,
        "attempts": 0,
        "reason": "",
        "changed": now,
        "log": [],
        "reference": marker,
    }
    NOTIFIED.enrol(world.documents, team, {"tenant": tenant})
    record = Record(
        DELIVERY,
        new_id(),
        doc,
        # Pages are in the order of names: counting down puts the newest first.
        name=f"{_LAST - now:016d}",
        reference=marker,
        # Hashed, because ids differ by their case, which unique values do not.
        unique={"notice": event_id(team, f"{channel}:{target}", notice.key)},
        created_at=now,
        updated_at=now,
    )
    try:
        return world.documents.create(team, record).id
    except Taken:
        return ""


def deliver_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Try what is due of every team; how many were delivered, will be tried again (`waiting`), were
    given up (`failed`) and were not to be sent (`skipped`). Begins nothing after `until` (UTC epoch
    ms)."""
    done = Counter(dict.fromkeys(_NAMES.values(), 0))
    for tenant, team in in_turn(notified_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        work = partial(_deliver_in_turn, world, tenant, team, until)
        for statuses in at_once(work, _read_due(world, team).values(), few=2):
            done.update(_NAMES[status] for status in statuses)
    if done["failed"]:
        count("DeliveriesFailed", done["failed"], world.settings.stage)
        logger().warning("deliveries were given up", extra={"deliveries": done["failed"]})
    return dict(done)


_NAMES = {
    Status.DELIVERED: "delivered",
    Status.PENDING: "waiting",
    Status.FAILED: "failed",
    Status.SKIPPED: "skipped",
}


def _read_due(world: World, team: Scope) -> Mapping[str, list[str]]:
    """The ids of deliveries that are due, those that wait longest first, by their destination. Of
    each destination a few, so that one where nobody answers does not keep the others waiting."""
    last = place_in_line(Status.PENDING, world.now())
    found: dict[str, list[str]] = {}
    taken = 0
    line = walk(world.documents, team, DELIVERY, by="reference", prefix=line_of(Status.PENDING))
    for record in islice(line, _MOST_READ):
        if record.reference > last or taken == _AT_ONCE:
            break
        ids = found.setdefault(Delivery.of(record).destination, [])
        if len(ids) < _TO_ONE:
            ids.append(record.id)
            taken += 1
    return found


def _deliver_in_turn(
    world: World, tenant: Scope, team: Scope, until: int | None, ids: Sequence[str]
) -> list[Status]:
    """Try deliveries to one destination. Where nobody answers, the rest is left to the next run:
    each would take its whole time."""
    statuses: list[Status] = []
    for delivery_id in ids:
        if until is not None and world.now() >= until:
            break
        outcome = attempt(world, tenant, team, delivery_id)
        if outcome is None:
            continue
        statuses.append(outcome.status)
        if outcome.status is Status.PENDING and outcome.http is None:
            break
    return statuses


def find_faults(
    world: World,
    tenant: Scope,
    slack_ids: Sequence[str],
    webhook_ids: Sequence[str],
    *,
    field: str = "",
) -> list[Fault]:
    """A fault for each id that is no destination of the tenant; `field` is where the ids stood, if
    not in slackConfigurations and webhookConfigurations."""
    ways = (
        (SLACK, slack_ids, "slackConfigurations", "Slack configuration"),
        (WEBHOOK, webhook_ids, "webhookConfigurations", "webhook configuration"),
    )
    faults: list[Fault] = []
    for kind, ids, member, name in ways:
        there = read_many(world.documents, tenant, kind, ids)
        known = {each for each, record in there.items() if not record.deleted}
        unknown = [each for each in dict.fromkeys(ids) if each not in known]
        text = f"there is no {name} of this id"
        faults += [Fault(field or member, text, "UNKNOWN", each) for each in unknown]
    return faults


def parse_channels(channels: Sequence[str]) -> Destinations:
    """The destinations that texts of the form `slack:<id>` and `webhook:<id>` name; others are
    nobody's."""
    ids: dict[str, list[str]] = {Channel.SLACK: [], Channel.WEBHOOK: []}
    for text in channels:
        channel, colon, target = text.partition(":")
        if colon and channel in ids:
            ids[channel].append(target.strip())
    return Destinations((), ids[Channel.SLACK], ids[Channel.WEBHOOK])


def count_failed(world: World, team: Scope, since: int) -> Mapping[str, int]:
    """How many deliveries were given up since an instant (UTC epoch ms), by destination. Messages
    that were sent as a test do not count."""
    counts: Counter[str] = Counter()
    oldest = place_in_line(Status.FAILED, since)
    for record in walk(
        world.documents, team, DELIVERY, by="reference", prefix=line_of(Status.FAILED)
    ):
        delivery = Delivery.of(record)
        if record.reference >= oldest and delivery.event != TEST:
            counts[delivery.destination] += 1
    return counts
