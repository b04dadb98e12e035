"""The list of subscriptions, searched in what they refer to as well."""

import re
from collections.abc import Sequence
from typing import Any

from chalicelib.directory.registry import ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.identity.records import TEAM
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import fold
from chalicelib.resources.listing import read_all
from chalicelib.resources.schemas import SearchQuery
from chalicelib.resources.store import Store

_SEARCHED = (
    ("productId", PRODUCT, False),
    ("subscriberId", SUBSCRIBER, False),
    ("organizationId", ORGANIZATION, True),
)


def page_subscriptions(store: Store, query: SearchQuery, asked: Request) -> dict[str, Any]:
    """A page of subscriptions; a query is found in their names, and in those of their subscriber,
    organization and product. In it an underscore stands for any character, a percent sign for any
    text. Raises Invalid, TooMany."""
    if not query.query:
        return store.page(query, asked)
    pieces = _pieces(query.query)
    named = {
        member: {
            record.id
            for each in ((kind, TEAM) if is_shared else (kind,))
            for record in read_all(
                store.world, store.principal.tenant if is_shared else store.scope, each
            )
            if _found(pieces, f"{record.name} {record.doc.get('externalId') or ''}")
        }
        for member, kind, is_shared in _SEARCHED
    }
    return store.page(
        query,
        asked,
        lambda doc: (
            _found(pieces, doc["name"]) or any(doc.get(each) in ids for each, ids in named.items())
        ),
    )


def _pieces(query: str) -> Sequence[re.Pattern[str]]:
    """What stands between the percent signs of a query, in order."""
    pieces = [piece for piece in fold(query).split("%") if piece]
    return [
        re.compile(".".join(re.escape(part) for part in piece.split("_")), re.DOTALL)
        for piece in pieces
    ]


def _found(pieces: Sequence[re.Pattern[str]], text: str) -> bool:
    """Whether a text has all pieces one behind the other. Each is taken where it first stands: one
    expression for all of them would try every other place too, and many percent signs would keep it
    busy for ever."""
    folded, place = fold(text), 0
    for piece in pieces:
        found = piece.search(folded, place)
        if found is None:
            return False
        place = found.end()
    return True
