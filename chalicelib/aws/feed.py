"""The feed: the events table's stream, as Lambda delivers it and as the streams API reads it."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import DoesNotExist

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.core import SYSTEM_SCOPE, Core, partition
from chalicelib.aws.events import record_of
from chalicelib.kit.settings import Settings
from chalicelib.ports.feed import FeedBatch

_DIGITS = 40
"""Of a position: sequence numbers have at most that many, and padded with zeros they sort as
text."""
_EMPTY_READS = 4
"""An open shard hands out empty reads for ever, but a few of them may stand before records."""
_MOST_RECORDS = 1_000


def batch_of(event: Mapping[str, Any]) -> FeedBatch | None:
    """The new versions in a Lambda event of the stream; None when it only tells of expiry.

    Lambda does not say which shard it read, but to functions with a tumbling window. The batch's
    name is therefore made of the ids of its first and last record: the same when Lambda delivers
    the same batch again, and never that of another shard's batch.
    """
    records = event["Records"]
    if shard := event.get("shardId"):
        return _batch(shard, records)
    bounds = (
        "/".join(str(record["eventID"]) for record in (records[0], records[-1])) if records else ""
    )
    return _batch(hashlib.blake2b(bounds.encode(), digest_size=8).hexdigest(), records)


class DynamoFeed:
    """See chalicelib.ports.events.Feed. The stream keeps a day; positions are notes of the system
    partition."""

    def __init__(self, clients: Clients, core: Core, settings: Settings) -> None:
        self._clients = clients
        self._core = core
        self._table = settings.events_table

    def shards(self) -> Sequence[str]:
        """Every shard that the stream still holds; a parent stands before its children."""
        parents = {shard["ShardId"]: shard.get("ParentShardId") for shard in self._describe()}
        ordered: dict[str, None] = {}
        for shard in parents:
            line = [shard]
            while (parent := parents.get(line[-1])) in parents and parent is not None:
                line.append(parent)
            ordered.update(dict.fromkeys(reversed(line)))
        return list(ordered)

    def read(self, shard: str, after: str | None, limit: int) -> FeedBatch | None:
        """Reads on until there is a new version, because expiries fill whole reads."""
        iterator = self._iterator(shard, after)
        empty = 0
        while iterator and empty < _EMPTY_READS:
            answer = self._streams.get_records(
                ShardIterator=iterator, Limit=min(limit, _MOST_RECORDS)
            )
            if batch := _batch(shard, answer["Records"]):
                return batch
            empty += not answer["Records"]
            iterator = answer.get("NextShardIterator")
        return None

    def position(self, reader: str, shard: str) -> str | None:
        """One consistent read."""
        try:
            key = partition(SYSTEM_SCOPE), _position_key(reader, shard)
            return self._core.note_items.get(*key, consistent_read=True).text
        except DoesNotExist:
            return None

    def advance(self, reader: str, shard: str, position: str) -> None:
        """One put."""
        self._core.note_items(
            partition(SYSTEM_SCOPE), _position_key(reader, shard), text=position
        ).save()

    def _iterator(self, shard: str, after: str | None) -> str:
        where: dict[str, str] = {"StreamArn": self._arn, "ShardId": shard}
        oldest = {**where, "ShardIteratorType": "TRIM_HORIZON"}
        behind = {
            **where,
            "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
            "SequenceNumber": (after or "").lstrip("0"),
        }
        try:
            answer = self._streams.get_shard_iterator(**(behind if after else oldest))
        except ClientError as error:
            if code_of(error) != "TrimmedDataAccessException":
                raise
            answer = self._streams.get_shard_iterator(**oldest)
        return str(answer["ShardIterator"])

    def _describe(self) -> Iterator[Mapping[str, str]]:
        start: dict[str, str] = {}
        while True:
            stream = self._streams.describe_stream(StreamArn=self._arn, **start)[
                "StreamDescription"
            ]
            yield from stream["Shards"]
            if "LastEvaluatedShardId" not in stream:
                return
            start = {"ExclusiveStartShardId": stream["LastEvaluatedShardId"]}

    @property
    def _streams(self) -> Any:  # noqa: ANN401 - boto3 makes its client classes at run time
        return self._clients.get("dynamodbstreams")

    @cached_property
    def _arn(self) -> str:
        return str(
            self._clients.get("dynamodb").describe_table(TableName=self._table)["Table"][
                "LatestStreamArn"
            ]
        )


def _batch(shard: str, records: Sequence[Mapping[str, Any]]) -> FeedBatch | None:
    # Versions are written once, so every other record (REMOVE by expiry) is of no interest to a
    # reader.
    new = [record["dynamodb"] for record in records if record["eventName"] == "INSERT"]
    if not new:
        return None
    places = [str(change["SequenceNumber"]).zfill(_DIGITS) for change in new]
    events = [record_of(_bytes(change["NewImage"])) for change in new]
    return FeedBatch(shard, places[0], places[-1], events, places)


def _bytes(image: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """The image with its binary attribute as bytes; in a Lambda event, which is JSON, it is base64
    text."""
    packed = image.get("packed", {}).get("B")
    return (
        {**image, "packed": {"B": base64.b64decode(packed)}} if isinstance(packed, str) else image
    )


def _position_key(reader: str, shard: str) -> str:
    return f"FEED#{reader}#{shard}"
