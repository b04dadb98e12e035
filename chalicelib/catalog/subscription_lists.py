"""The list of subscriptions, searched in what they refer to as well."""

import re
from typing import Any

from chalicelib.catalog.listing import everything
from chalicelib.catalog.schemas import SearchQuery
from chalicelib.catalog.shelf import Shelf
from chalicelib.identity.records import TEAM
from chalicelib.kit.http.messages import Request
from chalicelib.metering.registry import ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.ports.documents import fold

_WILD = {"_": ".", "%": ".*"}
_SEARCHED = (("productId", PRODUCT, False), ("subscriberId", SUBSCRIBER, False), ("organizationId", ORGANIZATION, True))


def listed(shelf: Shelf, query: SearchQuery, asked: Request) -> dict[str, Any]:
    """A page of subscriptions; a query is found in their names, and in those of their subscriber, organization and
    product. In it an underscore stands for any character, a percent sign for any text. Raises Invalid, TooMany."""
    if not query.query:
        return shelf.page(query, asked)
    wanted = re.compile("".join(_WILD.get(each, re.escape(each)) for each in fold(query.query)), re.DOTALL)
    named = {
        member: {
            record.id
            for each in ((kind, TEAM) if is_shared else (kind,))
            for record in everything(shelf.world, shelf.principal.tenant if is_shared else shelf.scope, each)
            if wanted.search(fold(f"{record.name} {record.doc.get('externalId') or ''}"))
        }
        for member, kind, is_shared in _SEARCHED
    }
    return shelf.page(
        query,
        asked,
        lambda doc: bool(wanted.search(fold(doc["name"]))) or any(doc.get(each) in ids for each, ids in named.items()),
    )
