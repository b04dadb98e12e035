"""Deliveries, on both adapters: once to each destination, tried until they arrive or are given
up."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from chalicelib.kit.clock import DAY, HOUR, MINUTE
from chalicelib.notices import attempts
from chalicelib.notices.attempts import attempt
from chalicelib.notices.backoff import MOST_TRIES
from chalicelib.notices.records import DELIVERY, Status
from chalicelib.notices.sending import Outcome
from chalicelib.notices.service import (
    Destinations,
    count_failed,
    deliver_due,
    enqueue,
    find_faults,
    parse_channels,
)
from chalicelib.ports.documents import Documents, Record
from chalicelib.ports.outbound import AddressRefused, Unreachable
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.notices.house import SLACK_URL, WEBHOOKS, House, notice
from tests.notices.outside import answered
from tests.support.clock import Clock

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def sends(house: House) -> int:
    return len(house.outside.calls) + len(house.outside.mails)


def test_everybody_is_told_once(house: House) -> None:
    told = notice(body={"spent": Decimal("1.10")}, subject="a\nb", text="<!channel> & all")
    for _ in range(3):
        enqueue(house.world, house.tenant, house.team, told, house.everybody)
    assert sends(house) == 0
    assert len(house.deliveries()) == 3
    done = deliver_due(house.world)
    assert (done["delivered"], done["failed"]) == (3, 0)
    assert deliver_due(house.world)["delivered"] == 0
    (mail,) = house.outside.mails
    assert (mail.to, mail.subject, mail.text) == (["ops@x.io"], "a b", "<!channel> & all\n")
    slack, webhook = sorted(house.outside.calls, key=lambda call: call.url != SLACK_URL)
    assert slack.url == SLACK_URL
    assert json.loads(slack.body)["text"] == "*a\nb*\n&lt;!channel&gt; &amp; all"
    assert webhook.url == "https://hooks.example.com/in"
    assert b'"spent":1.10' in webhook.body
    content = json.loads(webhook.body)
    assert (content["type"], content["timestamp"]) == (
        "cost_control.blocked",
        "2026-11-24T12:00:00.000Z",
    )
    (delivery,) = [each for each in house.deliveries() if each.target == house.webhook]
    expected = Webhook(house.secret).sign(
        f"msg_{delivery.id}",
        datetime.fromtimestamp(int(webhook.headers["webhook-timestamp"]), UTC),
        webhook.body.decode(),
    )
    assert webhook.headers["webhook-signature"] == expected
    assert {each.status for each in house.deliveries()} == {Status.DELIVERED}


def test_ids_that_differ_by_case_are_two_destinations(house: House) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], ["aBcDeF", "AbCdEf"]))
    assert len(house.deliveries()) == 2


def test_what_does_not_arrive_is_tried_again_and_given_up_after_a_day(
    house: House, clock: Clock
) -> None:
    destination = Destinations(webhooks=[house.webhook])
    enqueue(house.world, house.tenant, house.team, notice(), destination)
    began, tries = clock.now, 0
    while house.deliveries()[0].status is Status.PENDING:
        house.outside.replies = [answered(500, b"x" * 9_000)]
        deliver_due(house.world)
        tries += 1
        assert deliver_due(house.world)["waiting"] == 0, "before it is due"
        clock.now = max(clock.now, house.deliveries()[0].due)
    (given_up,) = house.deliveries()
    assert (given_up.status, given_up.attempts, tries) == (Status.FAILED, MOST_TRIES, MOST_TRIES)
    assert given_up.reason == "the receiver answered 500"
    assert 0.8 * DAY < clock.now - began < 1.2 * DAY
    assert len({call.body for call in house.outside.calls}) == 1
    assert {call.headers["webhook-id"] for call in house.outside.calls} == {f"msg_{given_up.id}"}
    assert (given_up.log[0]["status"], len(given_up.log[0]["answer"])) == (500, 500)
    assert count_failed(house.world, house.team, began) == {f"webhook:{house.webhook}": 1}
    assert count_failed(house.world, house.team, clock.now + 1) == {}


@LOCAL
@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        (Unreachable("down"), Status.PENDING, "down"),
        (AddressRefused("not public"), Status.FAILED, "not public"),
        (answered(410), Status.FAILED, "the receiver answered 410"),
    ],
)
def test_what_another_try_cannot_mend_is_given_up_at_once(
    house: House, reply: Any, status: Status, reason: str
) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    house.outside.replies = [reply]
    deliver_due(house.world)
    (found,) = house.deliveries()
    assert (found.status, found.reason, found.log[0]["error"]) == (status, reason, reason)


@LOCAL
def test_mail_that_nobody_takes_is_tried_again(house: House, clock: Clock) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations(["a@x.io"]))
    house.outside.replies = [Unreachable("down")]
    assert deliver_due(house.world)["waiting"] == 1
    clock.move(2 * MINUTE)
    assert deliver_due(house.world)["delivered"] == 1
    assert house.deliveries()[0].attempts == 2


@LOCAL
@pytest.mark.parametrize("status", [301, 302, 400, 403, 404, 429, 503])
def test_nothing_but_a_good_answer_is_a_delivery(house: House, status: int) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    headers = {"Location": "https://example.com/", "retry-AFTER": "1800"}
    house.outside.replies = [answered(status, b"", headers)]
    assert deliver_due(house.world)["waiting"] == 1
    (waiting,) = house.deliveries()
    assert (waiting.status, len(house.outside.calls)) == (Status.PENDING, 1)
    assert waiting.due == house.world.now() + 30 * MINUTE


@LOCAL
@pytest.mark.parametrize(("asked", "waits"), [("99999999", HOUR), ("soon", 0), ("-5", 0)])
def test_nobody_puts_us_off_for_long(house: House, asked: str, waits: int) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    house.outside.replies = [answered(503, b"", {"Retry-After": asked})]
    deliver_due(house.world)
    pause = house.deliveries()[0].due - house.world.now()
    assert pause == waits if waits else pause <= 1.2 * MINUTE


@LOCAL
def test_where_nobody_answers_the_rest_waits_for_the_next_run(house: House) -> None:
    for key in "abc":
        destinations = Destinations(["ops@x.io"], [house.slack])
        enqueue(house.world, house.tenant, house.team, notice(key), destinations)
    house.outside.replies = []

    def call(*_: object) -> None:
        house.outside.calls.append(_[1])  # type: ignore[arg-type]
        raise Unreachable("down")

    house.outside.call = call  # type: ignore[method-assign, assignment]
    done = deliver_due(house.world)
    assert (done["delivered"], done["waiting"], len(house.outside.calls)) == (3, 1, 1)


@LOCAL
def test_one_that_does_not_answer_keeps_nobody_waiting(house: House, clock: Clock) -> None:
    for number in range(250):
        told = notice(f"{number}")
        enqueue(house.world, house.tenant, house.team, told, Destinations([], [house.slack]))
    clock.move(1)
    enqueue(house.world, house.tenant, house.team, notice("last"), Destinations(["ops@x.io"]))

    def call(*_: object) -> None:
        raise Unreachable("down")

    house.outside.call = call  # type: ignore[method-assign, assignment]
    deliver_due(house.world)
    assert [mail.to for mail in house.outside.mails] == [["ops@x.io"]]


def test_whoever_dies_at_it_leaves_it_to_others(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def die(*_: object) -> None:
        raise KilledError

    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "send", die)
        with pytest.raises(KilledError):
            deliver_due(house.world)
    assert deliver_due(house.world)["delivered"] == 0
    clock.move(5 * MINUTE)
    assert deliver_due(house.world)["delivered"] == 1


@LOCAL
def test_two_at_once_send_it_once(house: House) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    (delivery,) = house.deliveries()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(
                lambda _: attempt(house.world, house.tenant, house.team, delivery.id), range(16)
            )
        )
    assert len([each for each in outcomes if each]) == 1
    assert len(house.outside.calls) == 1


class Overtaken:
    """Documents of somebody who is slow: what is read is changed before anything is written."""

    def __init__(self, documents: Documents, meanwhile: Callable[[], object]) -> None:
        self._documents, self._meanwhile = documents, meanwhile

    def get(self, scope: Scope, kind: str, record_id: str) -> Record | None:
        record = self._documents.get(scope, kind, record_id)
        if kind == DELIVERY:
            self._meanwhile()
        return record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)


def test_whoever_is_overtaken_sends_nothing(house: House) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    (delivery,) = house.deliveries()

    def send(world: World) -> Outcome | None:
        return attempt(world, house.tenant, house.team, delivery.id)

    slow = Overtaken(house.world.documents, lambda: send(house.world))
    assert send(replace(house.world, documents=slow)) is None
    assert (len(house.outside.calls), house.deliveries()[0].attempts) == (1, 1)


@LOCAL
def test_what_was_not_to_be_sent_is_told(house: House) -> None:
    client, webhook = house.client, f"{WEBHOOKS}/{house.webhook}"
    destination = Destinations(webhooks=[house.webhook])

    def send(key: str, event: str) -> tuple[Status, str]:
        enqueue(house.world, house.tenant, house.team, notice(key, event=event), destination)
        deliver_due(house.world)
        (found,) = [each for each in house.deliveries() if each.key == key]
        return found.status, found.reason

    client.send("PATCH", webhook, json.dumps({"events": ["alert"]}).encode(), None, {})
    assert send("a", "alert.opened")[0] is Status.DELIVERED
    assert send("b", "alerts.opened") == (
        Status.SKIPPED,
        "the destination wants no alerts.opened",
    )
    body = json.dumps({"events": [], "enabled": False}).encode()
    client.send("PATCH", webhook, body, None, {})
    assert send("c", "alert") == (Status.SKIPPED, "the destination is switched off")
    assert client.send("DELETE", webhook, b"", None, {}).status == 200
    assert send("d", "alert") == (Status.SKIPPED, "the destination was deleted")
    assert len(house.outside.calls) == 1


@LOCAL
def test_an_erased_address_gets_no_mail(house: House) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), Destinations(["ann@x.io"]))
    (delivery,) = house.deliveries()
    record = house.world.documents.get(house.team, DELIVERY, delivery.id)
    assert record is not None
    scrubbed = replace(record, doc={**record.doc, "target": "erased-1"})
    house.world.documents.update(house.team, scrubbed)
    assert deliver_due(house.world)["skipped"] == 1
    assert house.outside.mails == []


@LOCAL
def test_a_seal_that_cannot_be_opened_ends_a_delivery(house: House) -> None:
    record = house.world.documents.get(house.tenant, "SLACK_CONFIGURATION", house.slack)
    assert record is not None
    broken = replace(record, doc={**record.doc, "webhookUrl": "x"})
    house.world.documents.update(house.tenant, broken)
    enqueue(house.world, house.tenant, house.team, notice(), Destinations([], [house.slack]))
    assert deliver_due(house.world)["failed"] == 1


@LOCAL
def test_a_run_begins_nothing_after_its_time(house: House) -> None:
    enqueue(house.world, house.tenant, house.team, notice(), house.everybody)
    assert deliver_due(house.world, until=house.world.now()) == {
        "delivered": 0,
        "failed": 0,
        "waiting": 0,
        "skipped": 0,
    }
    assert sends(house) == 0


@LOCAL
def test_a_notice_has_an_end(house: House) -> None:
    with pytest.raises(ValueError, match="64 KiB"):
        enqueue(house.world, house.tenant, house.team, notice(text="x" * 70_000), house.everybody)


def test_ids_that_lead_nowhere_are_told(house: House) -> None:
    named = parse_channels(
        [f"slack:{house.slack}", f"webhook:{house.webhook}", "slack:zz", "webhook:", "pager:1", "x"]
    )
    assert named == Destinations((), [house.slack, "zz"], [house.webhook, ""])
    world, tenant = house.world, house.tenant
    assert find_faults(world, tenant, [house.slack], [house.webhook]) == []
    faults = find_faults(world, tenant, [house.webhook], [house.slack])
    assert [each.field for each in faults] == ["slackConfigurations", "webhookConfigurations"]
    assert [each.received for each in faults] == [house.webhook, house.slack]
    (fault,) = find_faults(world, Scope("other"), [house.slack], [], field="channels")
    assert (fault.field, fault.received) == ("channels", house.slack)
