"""Keys of the items of counters."""

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.core import shorten_key
from chalicelib.ports.counters import Counter
from chalicelib.ports.scope import Scope

Item = Mapping[str, Any]
LEASES = 10
"""Leases of a counter. May grow in a later release, and never shrink: what is in a lease that
nobody looks at is lost until the window ends."""


def partition_of(scope: Scope, family: str) -> str:
    """The partition of a family."""
    return f"{scope}#{family}"


def key_of(partition: str, name: str) -> dict[str, dict[str, str]]:
    """The key of a name in a partition."""
    return {"pk": {"S": partition}, "sk": {"S": shorten_key(name)}}


def value_key(scope: Scope, counter: Counter) -> dict[str, dict[str, str]]:
    """The key of a counter."""
    return key_of(partition_of(scope, counter.family), f"VALUES#{counter.member}")


def mark_key(scope: Scope, shard: str, counter: Counter) -> dict[str, dict[str, str]]:
    """The key of what a counter has counted of a shard."""
    partition = f"{partition_of(scope, counter.family)}#COUNTED"
    return key_of(partition, f"{shard}#{counter.member}")


def reservation_key(scope: Scope, identity: str) -> dict[str, dict[str, str]]:
    """The key of a reservation."""
    return key_of(f"{scope}#RESERVATION#{identity}", "VALUES")


def names_of(item: Item) -> tuple[str, str]:
    """The key of an item, to be compared."""
    return item["pk"]["S"], item["sk"]["S"]


def lease_key(scope: Scope, counter: Counter, place: int) -> dict[str, dict[str, str]]:
    """The key of a lease: a partition for each, which is what makes them quick."""
    partition = f"{partition_of(scope, counter.family)}#LEASE#{place}"
    return key_of(partition, f"VALUES#{counter.member}")


def lease_keys(scope: Scope, counter: Counter) -> list[dict[str, dict[str, str]]]:
    """The keys of all leases of a counter."""
    return [lease_key(scope, counter, place) for place in range(LEASES)]
