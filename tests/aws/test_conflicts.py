"""What only DynamoDB does: conflicts of transactions, and errors that are nobody's answer."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from pynamodb.exceptions import PutError

from chalicelib.aws.world import build
from chalicelib.kit.errors import Throttled, TooLarge, Unavailable
from chalicelib.kit.ids import new_id
from chalicelib.ports.counters import Counter
from chalicelib.ports.documents import Record, Stale
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from tests.support import aws


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with aws.running(tmp_path_factory.mktemp("aws")) as built:
        yield built


class Failing:
    """Makes the next calls of an operation fail, and counts them."""

    def __init__(self, operation: str, code: str, times: int, reasons: list[str]) -> None:
        self.operation, self.code, self.left = operation, code, times
        self.reasons = [{"Code": reason} for reason in reasons]
        self.calls = 0
        self.call = BaseClient._make_api_call

    def __get__(self, client: BaseClient, kind: type) -> Any:
        def made(operation: str, arguments: dict[str, Any]) -> Any:
            if operation != self.operation:
                return self.call(client, operation, arguments)
            self.calls += 1
            self.left -= 1
            if self.left < 0:
                return self.call(client, operation, arguments)
            answer = {
                "Error": {"Code": self.code, "Message": "m"},
                "CancellationReasons": self.reasons,
            }
            raise client.exceptions.from_code(self.code)(answer, operation)

        return made


def failing(operation: str, code: str, times: int = 1, reasons: tuple[str, ...] = ()) -> Any:
    return patch.object(
        BaseClient, "_make_api_call", Failing(operation, code, times, list(reasons))
    )


COUNTER = Counter("c")
CONFLICT = ("TransactionCanceledException", 2, ("None", "TransactionConflict"))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_a_conflict_of_transactions_is_repeated(world: World) -> None:
    record = Record("THING", "a1", {}, unique={"code": "1"})
    with failing("TransactWriteItems", *CONFLICT) as calls:
        assert world.documents.create(new_id(), record) == record
        assert calls.calls == 3
    scope = new_id()
    with failing("TransactWriteItems", *CONFLICT):
        assert world.counters.add(scope, COUNTER, {"n": 1}, "t")
    assert world.counters.read(scope, [COUNTER], 0) == {COUNTER: {"n": 1}}


def test_a_conflict_without_end_is_stale(world: World) -> None:
    with failing("TransactWriteItems", CONFLICT[0], 99, CONFLICT[2]):
        with pytest.raises(Stale):
            world.documents.create(new_id(), Record("THING", "a1", {}, unique={"code": "1"}))
        with pytest.raises(Unavailable):
            world.counters.add(new_id(), COUNTER, {"n": 1}, "t")


def test_an_overloaded_ledger_asks_for_another_try(world: World) -> None:
    team = new_id()
    event = EventRecord(team, "e1", 1, "ai_events", "2026-01-31", "{}")
    with failing("PutItem", "ProvisionedThroughputExceededException", 99), pytest.raises(Throttled):
        world.events.append(team, [event])
    assert world.events.append(team, [event]) == [True]


def test_an_error_of_the_service_is_not_an_answer(world: World) -> None:
    team = new_id()
    with failing("PutItem", "InternalServerError", 99):
        with pytest.raises(ClientError):
            world.events.append(team, [EventRecord(team, "e1", 1, "ai_events", "2026-01-31", "{}")])
        with pytest.raises(PutError):
            world.documents.create(team, Record("THING", "a1", {}))
        with pytest.raises(PutError):
            world.replays.begin(team, "k", "h", now=1, lock_until=2)


def test_an_event_that_no_item_can_hold_is_refused_before_any_is_stored(world: World) -> None:
    team = new_id()
    noise = "".join(chr(0x4E00 + (n * n * 7919 + n * 104_729) % 20_000) for n in range(400_000))
    small, large = (
        EventRecord(team, name, 1, "ai_events", "2026-01-31", body)
        for name, body in (("s", ""), ("l", noise))
    )
    with pytest.raises(TooLarge):
        world.events.append(team, [small, large])
    assert world.events.get(team, ["s", "l"]) == {}


def test_all_processes_of_a_deployment_have_one_digest_key(world: World) -> None:
    key = world.secrets.digest_key()
    with failing("GenerateDataKeyWithoutPlaintext", "ThrottlingException", 99):
        assert build(world.settings).secrets.digest_key() == key


def test_two_processes_that_start_together_agree_on_the_key(world: World) -> None:
    core = world.secrets._core  # type: ignore[attr-defined]
    core.note_items("T#system", "KEY#digest").delete()
    one, two = build(world.settings).secrets, build(world.settings).secrets
    with patch.object(type(two), "_stored_key", lambda self: None):
        assert one.digest_key() == two.digest_key()
