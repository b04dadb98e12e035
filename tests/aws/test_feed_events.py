"""What Lambda hands over from the stream."""

import base64
import json
import zlib
from typing import Any

from chalicelib.aws.feed import batch_of
from chalicelib.ports.events import EventRecord


def record(number: int, kind: str = "INSERT", **attributes: Any) -> dict[str, Any]:
    """One record of a stream event, as AWS documents it."""
    image = {
        "pk": {"S": "team1#event1"}, "sk": {"N": str(number)}, "table": {"S": "ai_events"},
        "day": {"S": "2026-01-31"},
        "body": {"S": '{"x":"漢"}'}, "expires": {"N": "1"}, **attributes,
    }  # fmt: skip
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": 1_700_000_000.0,
        "Keys": {"pk": image["pk"], "sk": image["sk"]},
        "SequenceNumber": str(111_100_000_000_000_000_000 + number),
        "SizeBytes": 26,
        "StreamViewType": "NEW_IMAGE",
    }
    if kind != "REMOVE":
        change["NewImage"] = image
    return {
        "eventID": f"id{number}", "eventName": kind, "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1", "dynamodb": change,
        "eventSourceARN": "arn:aws:dynamodb:…:table/x/"
        "stream/"
        "y",
    }  # fmt: skip


def test_new_versions_become_a_batch() -> None:
    batch = batch_of({"Records": [record(1), record(2)]})
    assert batch is not None
    assert batch.events == [
        EventRecord("team1", "event1", number, "ai_events", "2026-01-31", '{"x":"漢"}')
        for number in (1, 2)
    ]
    assert (batch.first, batch.last) == (
        "111100000000000000001".zfill(40),
        "111100000000000000002".zfill(40),
    )


def test_expiry_is_no_news() -> None:
    batch = batch_of({"Records": [record(1, "REMOVE"), record(2), record(3, "REMOVE")]})
    assert batch is not None
    assert [event.version for event in batch.events] == [2]
    assert batch.first == batch.last
    assert batch_of({"Records": [record(1, "REMOVE")]}) is None
    assert batch_of({"Records": []}) is None


def test_the_same_delivery_has_the_same_name_and_another_has_not() -> None:
    first, again, other = (
        batch_of({"Records": records}) for records in ([record(1)], [record(1)], [record(2)])
    )
    assert first is not None
    assert other is not None
    assert first == again
    assert first.shard != other.shard


def test_a_packed_body_is_unpacked_from_json() -> None:
    packed = {"B": base64.b64encode(zlib.compress(b"long")).decode()}
    whole = record(1, packed=packed)
    del whole["dynamodb"]["NewImage"]["body"]
    batch = batch_of(json.loads(json.dumps({"Records": [whole]})))
    assert batch is not None
    assert batch.events[0].body == "long"
