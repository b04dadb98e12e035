"""Events in their own table: partition `<team>#<event id>`, sort key the version, one conditional
put each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.packing import pack, unpack
from chalicelib.kit.clock import now_ms
from chalicelib.kit.errors import Throttled, TooLarge
from chalicelib.kit.settings import Settings
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope

_THREADS = 16
_DAY_S = 86_400
_MOST_BYTES = 390 * 1024
"""Of a packed body: an item is refused over 400 KiB."""
_OVERLOADED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "LimitExceededException",
    }
)

Image = Mapping[str, Mapping[str, Any]]
Given = TypeVar("Given")
Made = TypeVar("Made")


class DynamoEvents:
    """See chalicelib.ports.events.Events. Raises Throttled when DynamoDB still refuses after
    botocore's retries."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._table = settings.events_table
        self._kept_s = settings.event_retention_days * _DAY_S

    def append(self, team: Scope, events: Sequence[EventRecord]) -> list[bool]:
        """One conditional put a version, side by side: DynamoDB bills them as it would a batch, and
        only a condition keeps the first. Raises TooLarge, before anything is stored, for a body no
        item can hold."""
        expires = now_ms() // 1_000 + self._kept_s
        first: dict[tuple[str, int], EventRecord] = {}
        for event in events:
            first.setdefault((event.event_id, event.version), event)
        items = [_item(team, event, expires) for event in first.values()]
        stored = dict(zip(first, self._each(self._put, items), strict=True))
        return [stored.pop((event.event_id, event.version), False) for event in events]

    def get(self, team: Scope, event_ids: Sequence[str]) -> dict[str, EventRecord]:
        """One query an id, side by side, newest version first."""
        ids = list(dict.fromkeys(event_ids))
        return {event_id: found[0] for event_id, found in self.versions(team, ids, 1).items()}

    def history(self, team: Scope, event_id: str) -> list[EventRecord]:
        """Queries to the end."""
        return self._all_versions(team, event_id)

    def versions(
        self, team: Scope, event_ids: Sequence[str], most: int
    ) -> dict[str, list[EventRecord]]:
        """One query an id, side by side."""
        ids = list(dict.fromkeys(event_ids))
        newest = self._each(lambda event_id: self._newest(team, event_id, most), ids)
        return {event_id: found for event_id, found in zip(ids, newest, strict=True) if found}

    def every(self, team: Scope) -> Iterator[EventRecord]:
        """A scan of the table, all teams' items of it: it has no index by team."""
        pages = (
            self._clients.get("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self._table,
                FilterExpression="begins_with(pk, :team)",
                ExpressionAttributeValues={":team": {"S": f"{team}#"}},
                ConsistentRead=True,
            )
        )
        for page in pages:
            yield from map(record_of, page["Items"])

    def overwrite(self, team: Scope, events: Sequence[EventRecord]) -> None:
        """One conditional update a version; the time at which it expires stays."""
        self._each(lambda event: self._replace(team, event), events)

    def drop(self, team: Scope, event_ids: Sequence[str]) -> None:
        """One query an id, one delete a version, side by side."""
        self._each(lambda event_id: self._remove(team, event_id), list(event_ids))

    def _replace(self, team: Scope, event: EventRecord) -> None:
        try:
            self._clients.get("dynamodb").update_item(
                TableName=self._table,
                Key={
                    "pk": {"S": _partition(team, event.event_id)},
                    "sk": {"N": str(event.version)},
                },
                UpdateExpression="SET packed = :packed REMOVE body",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":packed": {"B": pack(event.body)}},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def _remove(self, team: Scope, event_id: str) -> None:
        for event in self._all_versions(team, event_id):
            key = {"pk": {"S": _partition(team, event_id)}, "sk": {"N": str(event.version)}}
            self._clients.get("dynamodb").delete_item(TableName=self._table, Key=key)

    def _put(self, item: Image) -> bool:
        try:
            self._clients.get("dynamodb").put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            if code_of(error) in _OVERLOADED:
                raise Throttled("the ledger is overloaded: send it again in a moment") from error
            raise
        return True

    def _newest(self, team: Scope, event_id: str, most: int) -> list[EventRecord]:
        """The newest versions; one answer holds 1 MB of them."""
        query = {**self._query(team, event_id), "ScanIndexForward": False}
        found: list[EventRecord] = []
        while True:
            page = self._clients.get("dynamodb").query(**query, Limit=most - len(found))
            found.extend(map(record_of, page["Items"]))
            if len(found) >= most or "LastEvaluatedKey" not in page:
                return found
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _all_versions(self, team: Scope, event_id: str) -> list[EventRecord]:
        """All versions, oldest first."""
        pages = self._clients.get("dynamodb").get_paginator("query")
        found: list[EventRecord] = []
        for page in pages.paginate(**self._query(team, event_id)):
            found.extend(map(record_of, page["Items"]))
        return found

    def _query(self, team: Scope, event_id: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": _partition(team, event_id)}},
            "ConsistentRead": True,
        }

    def _each(self, work: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
        if len(given) <= 1:
            return [work(one) for one in given]
        return list(self._pool.map(work, given))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_THREADS, thread_name_prefix="events")


def record_of(image: Image) -> EventRecord:
    """The event in an item, as the API, a stream or a Lambda event shows it."""
    team, _, event_id = image["pk"]["S"].rpartition("#")
    return EventRecord(
        team=team,
        event_id=event_id,
        version=int(image["sk"]["N"]),
        table=image["table"]["S"],
        day=image["day"]["S"],
        body=_body(image),
    )


def _item(team: Scope, event: EventRecord, expires: int) -> dict[str, Any]:
    packed = pack(event.body)
    if len(packed) > _MOST_BYTES:
        raise TooLarge(f"event {event.event_id} is too large to be kept")
    return {
        "pk": {"S": _partition(team, event.event_id)},
        "sk": {"N": str(event.version)},
        "table": {"S": event.table},
        "day": {"S": event.day},
        "expires": {"N": str(expires)},
        "packed": {"B": packed},
    }


def _body(image: Image) -> str:
    """The body; the first releases stored short ones as they are."""
    return str(image["body"]["S"]) if "body" in image else unpack(bytes(image["packed"]["B"]))


def _partition(team: Scope, event_id: str) -> str:
    return f"{team}#{event_id}"
