"""Bulk: files of records add, correct and void; reading one twice changes nothing."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, HOUR, SECOND, iso
from chalicelib.kit.errors import Fault
from chalicelib.kit.ids import event_id, new_id
from chalicelib.metering.bulk import KINDS, FileRecord, Load, Mode, Tally
from chalicelib.metering.revisions import revise
from chalicelib.ports.world import World
from tests.conftest import NOON
from tests.support.bodies import completion


class File:
    """A file of records of a team of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.principal = Principal(new_id(), new_id(), "import", frozenset())
        self.rejected: list[tuple[int, list[str]]] = []

    def load(self, mode: Mode, *records: Any, kind: str = "completion") -> Tally:
        self.rejected = []
        lines = [
            FileRecord(number, record if isinstance(record, bytes) else json.dumps(record).encode())
            for number, record in enumerate(records, 1)
        ]
        load = Load(
            world=self.world,
            principal=self.principal,
            kind=KINDS[kind],
            mode=mode,
            tell=self._reject,
        )
        for _ in load.run(lines):
            pass
        return load.tally

    def _reject(self, line: FileRecord, faults: Sequence[Fault]) -> None:
        self.rejected.append((line.number, [fault.field for fault in faults]))

    def history(
        self, transaction_id: str = "chatcmpl-1", kind: str = "COMPLETION"
    ) -> list[dict[str, Any]]:
        identity = event_id(self.principal.team, kind, transaction_id)
        return [
            json.loads(event.body)
            for event in self.world.events.history(self.principal.team, identity)
        ]


@pytest.fixture
def file(world: World) -> File:
    return File(world)


def counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.added, tally.changed, tally.same, tally.rejected


def test_records_are_added_once(file: File) -> None:
    records = [completion(number) for number in range(7)]
    assert counts(file.load(Mode.ADD, *records)) == (7, 0, 0, 0)
    assert counts(file.load(Mode.ADD, *records, completion(8))) == (1, 0, 7, 0)
    (row,) = file.history()
    assert (row["channel"], row["cost_nano"]) == ("BULK", 210_000)


def test_a_bad_line_is_told_and_stops_nothing(file: File) -> None:
    no_id = completion(transactionId=None)
    faulty = completion(3, inputTokenCount=-1, stopReason="DONE")
    tally = file.load(
        Mode.ADD,
        completion(1),
        b"{",
        faulty,
        no_id,
        completion(5, at=NOON + 3 * DAY),
        completion(6),
    )
    assert counts(tally) == (2, 0, 0, 4)
    assert [number for number, _ in file.rejected] == [2, 3, 4, 5]
    assert set(file.rejected[1][1]) == {"inputTokenCount", "stopReason"}
    assert file.rejected[2][1] == ["transactionId"]
    assert file.rejected[3][1] == ["requestTime", "responseTime"]


def test_two_calls_of_a_file_that_share_a_number_are_both_added(file: File) -> None:
    large = {"inputTokenCount": 50_000, "outputTokenCount": 900, "totalTokenCount": 50_900}
    late = completion(77, at=NOON - HOUR, **large)
    assert counts(file.load(Mode.ADD, completion(77), late)) == (2, 0, 0, 0)
    assert counts(file.load(Mode.ADD, late, completion(77))) == (0, 0, 2, 0)
    assert counts(file.load(Mode.ADD, completion(transactionId="None"))) == (0, 0, 0, 1)
    assert file.rejected == [(1, ["transactionId"])]


def test_two_calls_that_share_a_number_are_not_corrected_into_one(file: File) -> None:
    large = {"inputTokenCount": 50_000, "outputTokenCount": 900, "totalTokenCount": 50_900}
    late = completion(77, at=NOON - HOUR, **large)
    assert counts(file.load(Mode.CORRECT, completion(77), late, completion(77))) == (1, 0, 1, 1)
    assert (file.rejected, len(file.history("chatcmpl-77"))) == ([(2, ["transactionId"])], 1)


def test_of_two_stored_calls_of_one_id_none_takes_the_others_place(file: File) -> None:
    large = {"inputTokenCount": 50_000, "outputTokenCount": 900, "totalTokenCount": 50_900}
    first, second = completion(1), completion(1, at=NOON - HOUR, **large)
    assert counts(file.load(Mode.ADD, first, second)) == (2, 0, 0, 0)
    assert counts(file.load(Mode.CORRECT, {**second, "agent": "a"})) == (0, 0, 0, 1)
    assert file.rejected == [(1, ["transactionId"])]
    assert [row["input_tokens"] for row in file.history()] == [1_000]
    assert counts(file.load(Mode.CORRECT, {**first, "agent": "a"})) == (0, 1, 0, 0)


def test_of_two_stored_calls_of_one_id_the_one_that_is_meant_is_voided(file: File) -> None:
    """An id alone does not tell which one, nor does a record of neither."""
    large = {"inputTokenCount": 900, "outputTokenCount": 90, "totalTokenCount": 990}
    first, second = completion(1), completion(1, at=NOON + 5 * SECOND, **large)
    third = completion(1, at=NOON + 9 * SECOND, **large | {"inputTokenCount": 7_000})
    assert counts(file.load(Mode.ADD, first, second)) == (2, 0, 0, 0)
    bare = {"transactionId": first["transactionId"]}
    assert counts(file.load(Mode.VOID, bare, third)) == (0, 0, 0, 2)
    assert file.rejected == [(1, ["transactionId"]), (2, ["transactionId"])]
    assert counts(file.load(Mode.VOID, second, second)) == (0, 1, 1, 0)
    assert [row["deleted"] for row in file.history()] == [False]
    assert counts(file.load(Mode.VOID, first, second)) == (0, 1, 1, 0)
    assert [row["deleted"] for row in file.history()] == [False, True]


def test_a_record_of_another_call_voids_none(file: File) -> None:
    large = {"inputTokenCount": 900, "outputTokenCount": 90, "totalTokenCount": 990}
    file.load(Mode.ADD, completion(1))
    assert counts(file.load(Mode.VOID, completion(1, at=NOON - HOUR, **large))) == (0, 0, 0, 1)
    assert counts(file.load(Mode.VOID, completion(1, agent="b"))) == (0, 1, 0, 0)


def test_a_file_that_tells_more_of_a_call_is_told_to_have_changed_it(file: File) -> None:
    part = completion(outputTokenCount=1, totalTokenCount=1_001)
    assert counts(file.load(Mode.ADD, part)) == (1, 0, 0, 0)
    assert counts(file.load(Mode.ADD, completion())) == (0, 1, 0, 0)
    assert counts(file.load(Mode.ADD, part, completion())) == (0, 0, 2, 0)
    assert file.history()[-1]["output_tokens"] == 100


def test_a_correction_is_a_new_version_rated_anew(file: File, clock: Any) -> None:
    file.load(Mode.ADD, completion(agent="a", taskType="t"))
    clock.move(SECOND)
    corrected = completion(inputTokenCount=2_000, totalTokenCount=2_100, agent="b")
    assert counts(file.load(Mode.CORRECT, corrected, completion(2))) == (1, 1, 0, 0)
    first, second = file.history()
    assert (first["cost_nano"], second["cost_nano"]) == (210_000, 360_000)
    assert (second["version"], second["agent"], second["received_at"]) == (2, "b", NOON)
    assert "task_type" not in second
    assert counts(file.load(Mode.CORRECT, corrected)) == (0, 0, 1, 0)
    assert len(file.history()) == 2


def test_a_correction_cannot_move_a_record_to_another_day(file: File) -> None:
    file.load(Mode.ADD, completion())
    assert counts(file.load(Mode.CORRECT, completion(at=NOON - DAY))) == (0, 0, 0, 1)
    assert file.rejected == [(1, ["requestTime"])]
    assert len(file.history()) == 1


def test_voided_records_count_no_more_and_can_come_back(file: File) -> None:
    file.load(Mode.ADD, completion(1), completion(2))
    tally = file.load(
        Mode.VOID, {"transactionId": "chatcmpl-1"}, {"transactionId": "unknown"}, {}, b"nonsense"
    )
    assert counts(tally) == (0, 1, 0, 3)
    assert [row["deleted"] for row in file.history()] == [False, True]
    assert counts(file.load(Mode.VOID, {"transactionId": "chatcmpl-1"})) == (0, 0, 1, 0)
    assert counts(file.load(Mode.ADD, completion(1))) == (0, 0, 1, 0)
    assert counts(file.load(Mode.CORRECT, completion(1))) == (0, 1, 0, 0)
    assert [row["deleted"] for row in file.history()] == [False, True, False]


@pytest.mark.parametrize("reason", [{"voided": {"reason": "twice"}}, {"wrapping": True}])
def test_what_was_deleted_for_good_is_told_and_stays_so(file: File, reason: Any) -> None:
    file.load(Mode.ADD, completion(1))
    identity = event_id(file.principal.team, "COMPLETION", "chatcmpl-1")
    gone = {"deleted": True, "extras": json.dumps(reason)}
    revise(file.world, file.principal.team, [identity], lambda _: gone)
    assert counts(file.load(Mode.CORRECT, completion(1, agent="back"), completion(2))) == (
        1,
        0,
        0,
        1,
    )
    assert file.rejected == [(1, ["transactionId"])]
    assert [row["deleted"] for row in file.history()] == [False, True]


@pytest.mark.parametrize(
    ("kind", "identity", "record"),
    [
        ("audio", "AUDIO", {"model": "m", "provider": "p", "durationSeconds": 1.5}),
        ("image", "IMAGE", {"model": "m", "provider": "p", "actualImageCount": 2}),
        ("video", "VIDEO", {"model": "m", "provider": "p", "durationSeconds": 3}),
        ("tool", "TOOL", {"toolId": "search", "timestamp": iso(NOON)}),
        ("event", "EVENT", {"payload": {"pages": 1}}),
    ],
)
def test_every_kind_can_be_loaded(
    file: File, kind: str, identity: str, record: dict[str, Any]
) -> None:
    times = {"requestTime": iso(NOON - SECOND), "responseTime": iso(NOON), "requestDuration": 1}
    body = {"transactionId": "x", **times, **record}
    assert counts(file.load(Mode.ADD, body, kind=kind)) == (1, 0, 0, 0)
    assert counts(file.load(Mode.CORRECT, body, kind=kind)) == (0, 0, 1, 0)
    assert counts(file.load(Mode.VOID, {"transactionId": "x"}, kind=kind)) == (0, 1, 0, 0)
    assert [row["deleted"] for row in file.history("x", identity)] == [False, True]
