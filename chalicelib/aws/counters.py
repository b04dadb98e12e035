"""Counters in their own table: an item a counter, holding its fields and what is reserved; an item
a used token.

Attributes of a counter: `f:<field>` its sums, `h:<token>` what a token holds, `committed` = used +
reserved. DynamoDB conditions cannot add, so the sum that a limit is compared with is kept beside
its parts and moved with them.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.core import shorten_key
from chalicelib.kit.clock import now_ms
from chalicelib.kit.settings import Settings
from chalicelib.ports.documents import Stale
from chalicelib.ports.scope import Scope

_TOKEN_KEPT_S = 7 * 86_400
"""A stream repeats a batch for a day; a week is that with a margin."""
_READ_AT_ONCE = 100
_ATTEMPTS = 8
_PAUSE_S = 0.02
_VALUES = "VALUES"
_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class _Change:
    """An update of a counter's item in DynamoDB's words; `amounts` are the values it names."""

    expression: str
    condition: str
    names: Mapping[str, str]
    amounts: Mapping[str, int]


class DynamoCounters:
    """See chalicelib.ports.counters.Counters."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._table = settings.counters_table

    def add(self, scope: Scope, counter: str, amounts: Mapping[str, int], token: str) -> bool:
        """One transaction of two items: the token, put if absent, and the sums. Raises Stale when
        others keep it from going through."""
        expires = {"N": str(now_ms() // 1_000 + _TOKEN_KEPT_S)}
        item = {**_key(scope, counter, f"TOKEN#{shorten_key(token)}"), "expires": expires}
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        update = {"TableName": self._table, "Key": _key(scope, counter, _VALUES), **_sums(amounts)}
        for attempt in range(_ATTEMPTS):
            try:
                self._db.transact_write_items(TransactItems=[{"Put": put}, {"Update": update}])
            except self._db.exceptions.TransactionCanceledException as error:
                if error.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed":
                    return False
                time.sleep(_PAUSE_S * 2**attempt)
            else:
                return True
        raise Stale("counter", counter)

    def read(self, scope: Scope, counters: Sequence[str]) -> dict[str, dict[str, int]]:
        """A hundred a request, consistently."""
        found: dict[str, dict[str, int]] = {counter: {} for counter in counters}
        by_key = {_partition(scope, counter): counter for counter in found}
        pending = [_key(scope, counter, _VALUES) for counter in found]
        while pending:
            keys, pending = pending[:_READ_AT_ONCE], pending[_READ_AT_ONCE:]
            answer = self._db.batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
            )
            for item in answer["Responses"].get(self._table, ()):
                found[by_key[item["pk"]["S"]]] = _fields(item)
            pending += answer["UnprocessedKeys"].get(self._table, {}).get("Keys", ())
        return found

    def reserve(self, scope: Scope, counter: str, amount: int, limit: int, token: str) -> bool:
        """One conditional update; when it is refused, one read tells whether the token holds
        already."""
        hold = _Change(
            "SET #hold = :amount ADD committed :amount, #reserved :amount",
            "attribute_not_exists(#hold)"
            " AND (attribute_not_exists(committed) OR committed <= :room)",
            {"#hold": _hold(token), "#reserved": "f:reserved"},
            {":amount": amount, ":room": limit - amount},
        )
        if amount <= limit and self._update(scope, counter, hold):
            return True
        return self._read_hold(scope, counter, token) is not None

    def settle(self, scope: Scope, counter: str, token: str, amount: int) -> bool:
        """A read of what is held, then one update on condition that it still is."""
        held = self._read_hold(scope, counter, token)
        if held is None:
            return False
        use = _Change(
            "REMOVE #hold ADD committed :change, #reserved :back, #used :amount",
            "#hold = :held",
            {"#hold": _hold(token), "#reserved": "f:reserved", "#used": "f:used"},
            {":held": held, ":back": -held, ":amount": amount, ":change": amount - held},
        )
        return self._update(scope, counter, use)

    def release(self, scope: Scope, counter: str, token: str) -> bool:
        """Settled for nothing."""
        return self.settle(scope, counter, token, 0)

    def _read_hold(self, scope: Scope, counter: str, token: str) -> int | None:
        item = self._db.get_item(
            TableName=self._table, Key=_key(scope, counter, _VALUES), ConsistentRead=True
        ).get("Item", {})
        return int(item[_hold(token)]["N"]) if _hold(token) in item else None

    def _update(self, scope: Scope, counter: str, change: _Change) -> bool:
        """Whether the condition held, and so the change was made."""
        amounts = {name: {"N": str(amount)} for name, amount in change.amounts.items()}
        try:
            self._db.update_item(
                TableName=self._table,
                Key=_key(scope, counter, _VALUES),
                UpdateExpression=change.expression,
                ConditionExpression=change.condition,
                ExpressionAttributeNames=change.names,
                ExpressionAttributeValues=amounts,
            )
        except ClientError as error:
            if code_of(error) != _REFUSED:
                raise
            return False
        return True

    @property
    def _db(self) -> Any:  # noqa: ANN401 - boto3 makes its client classes at run time
        return self._clients.get("dynamodb")


def _sums(amounts: Mapping[str, int]) -> dict[str, Any]:
    """The update that adds; what is `used` counts against limits, so it moves `committed` as
    well."""
    names = {f"#f{at}": f"f:{field}" for at, field in enumerate(amounts)}
    values = {f":f{at}": {"N": str(amount)} for at, amount in enumerate(amounts.values())}
    values[":committed"] = {"N": str(amounts.get("used", 0) + amounts.get("reserved", 0))}
    adds = ["committed :committed", *(f"#f{at} :f{at}" for at in range(len(amounts)))]
    change: dict[str, Any] = {
        "UpdateExpression": f"ADD {', '.join(adds)}",
        "ExpressionAttributeValues": values,
    }
    return {**change, "ExpressionAttributeNames": names} if names else change


def _fields(item: Mapping[str, Any]) -> dict[str, int]:
    return {
        name.removeprefix("f:"): int(value["N"])
        for name, value in item.items()
        if name.startswith("f:")
    }


def _partition(scope: Scope, counter: str) -> str:
    return f"{scope}#{shorten_key(counter)}"


def _key(scope: Scope, counter: str, part: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": _partition(scope, counter)}, "sk": {"S": part}}


def _hold(token: str) -> str:
    return f"h:{token}"
