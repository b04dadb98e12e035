"""Cursors of document pages: the index key of the last record seen, as URL-safe text."""

import base64
from typing import Any

from chalicelib.aws.core import partition
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Order
from chalicelib.ports.scope import Scope


def cursor_of(sort_key: str) -> str:
    """The cursor behind a record, from its index key `value NUL id`."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode()


def after(scope: Scope, kind: str, by: Order, cursor: str) -> dict[str, dict[str, Any]]:
    """DynamoDB's start key for a cursor. Raises Invalid for a text that is none."""
    try:
        sort_key = base64.urlsafe_b64decode(cursor).decode()
    except ValueError as error:
        raise Invalid("the cursor is not one of ours", field="cursor") from error
    _, behind, record_id = sort_key.rpartition("\x00")
    if not behind:
        raise Invalid("the cursor is not one of ours", field="cursor")
    key = {
        "pk": partition(scope),
        "sk": f"{kind}#{record_id}",
        f"{by}_pk": f"{scope}#{kind}",
        f"{by}_sk": sort_key,
    }
    return {name: {"S": value} for name, value in key.items()}
