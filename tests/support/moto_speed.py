"""What moto and botocore do again and again for nothing, done once: the suite takes half the time.

Nothing of what they answer changes. Each patch names what it costs without it.
"""

import copy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore.loaders import Loader, create_loader
from moto.dynamodb.models import DynamoDBBackend, Table


@contextmanager
def faster() -> Iterator[None]:
    """Patch them."""
    with (
        # A new session reads and parses the description of each service anew.
        patch("botocore.session.create_loader", _shared_loader),
        # A transaction copies the whole table with all that is in it, to be able to go back.
        patch.object(Table, "__deepcopy__", _snapshot, create=True),
        patch.object(DynamoDBBackend, "update_item", _update_copy(DynamoDBBackend.update_item)),
    ):
        yield


@cache
def _shared_loader(search_path_string: str | None = None) -> Loader:
    return create_loader(search_path_string)


def _snapshot(table: Table, memo: dict[int, Any]) -> Table:
    """A table that holds the same items. They are replaced by writes and never changed in place:
    puts and deletes do so by themselves, updates by `_update_copy`."""
    snapshot = copy.copy(table)
    snapshot.items = defaultdict(dict)
    for value, items in table.items.items():
        snapshot.items[value] = dict(items)
    if table.stream_shard is not None:
        snapshot.stream_shard = copy.copy(table.stream_shard)
        snapshot.stream_shard.items = list(table.stream_shard.items)
        snapshot.stream_shard.table = snapshot
    return snapshot


def _update_copy(update_item: Any) -> Any:
    """An update of a copy, which takes the place of the item."""

    def update(backend: DynamoDBBackend, table_name: str, key: dict[str, Any], **more: Any) -> Any:
        table = backend.get_table(table_name)
        item = backend.get_item(table_name, key)
        if item is not None:
            place = table.items[item.hash_key]
            place[item.range_key] = copy.deepcopy(item)
        return update_item(backend, table_name, key, **more)

    return update
