"""Replays in the core table: a lock is a conditional put, expired entries are swept by DynamoDB."""

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError

from chalicelib.aws.clients import code_of
from chalicelib.aws.core import Core, partition, shorten_key
from chalicelib.aws.items import ReplayItem
from chalicelib.ports.replays import Replay
from chalicelib.ports.scope import Scope

_TRIES = 5
"""The holder may vanish between the refused put and the read that asks who it is; five times in a
row it does not."""


class DynamoReplays:
    """See chalicelib.ports.replays.Replays."""

    def __init__(self, core: Core) -> None:
        self._items = core.replay_items

    def begin(
        self, tenant: Scope, key: str, body_hash: str, *, now: int, lock_until: int
    ) -> Replay | None:
        """DynamoDB deletes an expired item up to two days late, so the condition looks at the time
        itself."""
        free = self._items.pk.does_not_exist() | (self._items.until <= now)
        lock = self._item(tenant, key, Replay(body_hash), lock_until)
        for _ in range(_TRIES):
            try:
                lock.save(free)
            except PutError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                if (holder := self._find_holder(tenant, key)) is not None:
                    return holder
            else:
                return None
        return Replay(body_hash)

    def finish(self, tenant: Scope, key: str, replay: Replay, *, expires: int) -> None:
        """Replace the lock by the answer."""
        self._item(tenant, key, replay, expires).save()

    def abandon(self, tenant: Scope, key: str) -> None:
        """Drop the lock; a kept answer stays."""
        try:
            self._items(partition(tenant), _sort_key(key)).delete(self._items.status == 0)
        except DeleteError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def _find_holder(self, tenant: Scope, key: str) -> Replay | None:
        try:
            item = self._items.get(partition(tenant), _sort_key(key), consistent_read=True)
        except DoesNotExist:
            return None
        return Replay(item.body_hash, int(item.status), item.body)

    def _item(self, tenant: Scope, key: str, replay: Replay, until: int) -> ReplayItem:
        return self._items(
            partition(tenant),
            _sort_key(key),
            body_hash=replay.body_hash,
            status=replay.status,
            body=replay.body,
            until=until,
            expires=until // 1_000 + 1,
        )


def _sort_key(key: str) -> str:
    return f"REPLAY#{shorten_key(key)}"
