"""What AWS would bill for a piece of work: its calls are counted, and priced by the list of
us-east-1.

Prices, USD, as published in 2025: DynamoDB on demand 0.625 a million write units and 0.125 a
million read units; S3 standard 5.00 a million puts and 0.40 a million gets; KMS 3.00 a million
requests; API Gateway (REST) 3.50 a million requests; Lambda 0.20 a million requests and 16.6667 a
million GB-seconds (x86).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

WRITE, READ, S3_PUT, S3_GET, KMS = 0.625e-6, 0.125e-6, 5e-6, 0.4e-6, 3e-6
GATEWAY, INVOCATION, GB_SECOND = 3.5e-6, 0.2e-6, 16.6667e-6
_KIB = 1024


@dataclass(slots=True)
class Bill:
    """`calls` by operation; `usd` for all of them together."""

    calls: Counter[str] = field(default_factory=Counter)
    usd: float = 0.0

    def note(self, operation: str, arguments: dict[str, Any]) -> None:
        """Add one call. Raises KeyError for an operation that nobody has priced."""
        self.calls[operation] += 1
        self.usd += _PRICES[operation](arguments)


def _item(arguments: dict[str, Any]) -> float:
    size = sum(len(name) + _size(value) for name, value in arguments["Item"].items())
    return -(-size // _KIB) * WRITE


def _size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content) // 2 + 2
    return len(content if isinstance(content, bytes) else str(content).encode())


def _transaction(arguments: dict[str, Any]) -> float:
    """Two units a KiB of each item. Items that are changed are small: counters, and reservations
    whose size is told by the text that changes."""
    units = 0
    for write in arguments["TransactItems"]:
        ((kind, told),) = write.items()
        values = told["Item"] if kind == "Put" else told["ExpressionAttributeValues"]
        size = sum(len(name) + _size(value) for name, value in values.items())
        units += 2 * -(-size // _KIB)
    return units * WRITE


_PRICES = {
    "TransactWriteItems": _transaction,
    "TransactGetItems": lambda arguments: 2 * READ * len(arguments["TransactItems"]),
    "PutItem": _item,
    # One item of up to 4 KiB, read consistently.
    "GetItem": lambda _: READ,
    "Query": lambda _: READ,
    "BatchGetItem": lambda arguments: (
        READ * sum(len(each["Keys"]) for each in arguments["RequestItems"].values())
    ),
    "PutObject": lambda _: S3_PUT,
    "GetObject": lambda _: S3_GET,
    "ListObjectsV2": lambda _: S3_PUT,
    "Encrypt": lambda _: KMS,
    "Decrypt": lambda _: KMS,
}


@contextmanager
def billed() -> Iterator[Bill]:
    """Count the calls within."""
    bill, call = Bill(), BaseClient._make_api_call

    def counted(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        bill.note(operation, arguments)
        return call(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", counted):
        yield bill
