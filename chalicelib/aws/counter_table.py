"""The table of counters: reads, and writes that are made all together or not at all."""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.counter_items import Change
from chalicelib.aws.counter_keys import Item
from chalicelib.kit.errors import Unavailable
from chalicelib.kit.settings import Settings

_READ_AT_ONCE, _WRITE_AT_ONCE = 100, 25
_ATTEMPTS = 10
_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.5
_REFUSED = "ConditionalCheckFailed"
_UNHARMED = "None"
_BUSY = frozenset(("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"))
_THROTTLED = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
    )
)
"""Why a call may fail that goes through when it is tried again; _BUSY is that of a transaction."""


class Tried(NamedTuple):
    """How a transaction has ended, by the numbers of its writes: those whose condition was
    `refused`, and those that met others' writes or a limit of the table. Made when there are
    neither."""

    refused: Sequence[int] = ()
    busy: Sequence[int] = ()


class CounterTable:
    """Items of counters. Raises Unavailable when others keep a write from going through."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._table = settings.counters_table

    def put(self, item: Item, condition: str) -> dict[str, dict[str, Any]]:
        """The write of an item, as a part of a transaction."""
        put = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        return {"Put": put}

    def update(self, key: Item, change: Change) -> dict[str, dict[str, Any]]:
        """The change of an item, as a part of a transaction."""
        values = {name: {"N": str(amount)} for name, amount in change.amounts.items()}
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": key,
            "UpdateExpression": change.expression,
            "ExpressionAttributeValues": values,
        }
        if change.part is not None:
            also = ", " if " SET " in change.expression else " SET "
            update["UpdateExpression"] += f"{also}part = :part"
            values[":part"] = {"S": change.part}
        if change.names:
            update["ExpressionAttributeNames"] = change.names
        if change.condition:
            update["ConditionExpression"] = change.condition
        return {"Update": update}

    def transact(self, writes: Sequence[Item]) -> Sequence[int]:
        """Make all writes or none; the numbers of those whose condition was refused. Raises
        Unavailable."""
        for number in range(_ATTEMPTS):
            pause(number)
            tried = self.try_once(writes)
            if tried.refused or not tried.busy:
                return tried.refused
        raise too_busy()

    def try_once(self, writes: Sequence[Item]) -> Tried:
        """Make all writes or none, at the first attempt."""
        try:
            self._db.transact_write_items(TransactItems=writes)
        except self._db.exceptions.TransactionCanceledException as error:
            reasons = [each["Code"] for each in error.response["CancellationReasons"]]
            refused = [at for at, reason in enumerate(reasons) if reason == _REFUSED]
            busy = [at for at, reason in enumerate(reasons) if reason in _BUSY]
            if not refused and not {*_BUSY, _UNHARMED}.issuperset(reasons):
                raise
            return Tried(refused, busy)
        except ClientError as error:
            if code_of(error) not in _THROTTLED:
                raise
            return Tried(busy=range(len(writes)))
        return Tried()

    def read(self, keys: Iterable[Item]) -> Iterator[Item]:
        """The items that there are, a hundred a request, each consistently."""
        waiting = list(keys)
        while waiting:
            some, waiting = waiting[:_READ_AT_ONCE], waiting[_READ_AT_ONCE:]
            answer = self._db.batch_get_item(
                RequestItems={self._table: {"Keys": some, "ConsistentRead": True}}
            )
            yield from answer["Responses"].get(self._table, ())
            waiting += answer["UnprocessedKeys"].get(self._table, {}).get("Keys", ())

    def snapshot(self, keys: Sequence[Item]) -> list[Item]:
        """Items as they stood together at one instant, empty where there are none. Raises
        Unavailable."""
        gets = [{"Get": {"TableName": self._table, "Key": key}} for key in keys]
        for number in range(_ATTEMPTS):
            pause(number)
            try:
                answer = self._db.transact_get_items(TransactItems=gets)
            except self._db.exceptions.TransactionCanceledException:
                continue
            except ClientError as error:
                if code_of(error) not in _THROTTLED:
                    raise
                continue
            return [each.get("Item", {}) for each in answer["Responses"]]
        raise too_busy()

    def query(self, partition: str) -> Iterator[Item]:
        """All items of a partition, page by page."""
        start: dict[str, Any] = {}
        while True:
            answer = self._db.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
                ConsistentRead=True,
                **start,
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def delete(self, keys: Iterable[Item]) -> None:
        """Remove items in batches."""
        waiting = iter(keys)
        while some := list(islice(waiting, _WRITE_AT_ONCE)):
            wanted: Any = [{"DeleteRequest": {"Key": key}} for key in some]
            for number in range(_ATTEMPTS):
                pause(number)
                answer = self._db.batch_write_item(RequestItems={self._table: wanted})
                wanted = answer["UnprocessedItems"].get(self._table)
                if not wanted:
                    break

    @property
    def _db(self) -> Any:  # noqa: ANN401 - boto3 makes its client classes at run time
        return self._clients.get("dynamodb")


def too_busy() -> Unavailable:
    """What is told when others keep a write from going through."""
    return Unavailable("the counters are asked for more than they can take: try again")


def pause(number: int) -> None:
    """Wait before an attempt that is not the first; longer each time, and differently, so that
    those who met once do not meet again."""
    if number:
        pause_s = min(_PAUSE_S * 2**number, _LONGEST_PAUSE_S)
        time.sleep(pause_s * (0.5 + random.random()))  # noqa: S311 - no secret
