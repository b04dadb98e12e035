"""The list of subscriptions, searched in what they refer to as well."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.directory.registry import ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.identity.records import TEAM
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import fold
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import Doc
from chalicelib.resources.schemas import SearchQuery
from chalicelib.resources.store import Store

_SEARCHED = (
    ("productId", (PRODUCT,)),
    ("subscriberId", (SUBSCRIBER,)),
    ("organizationId", (ORGANIZATION, TEAM)),
)
"""Members that name a record whose name is searched too, and the kinds of such records."""
_OF_TENANT = (ORGANIZATION, TEAM)


def page_subscriptions(store: Store, query: SearchQuery, asked: Request) -> dict[str, Any]:
    """A page of subscriptions; a query is found in their names, and in those of their subscriber,
    organization and product. In it an underscore stands for any character, a percent sign for any
    text. Raises Invalid, TooMany."""
    if not query.query:
        return store.page(query, asked)
    pattern = _Pattern.parse(query.query)
    matching: dict[str, set[str]] = {}
    for member, kinds in _SEARCHED:
        matching[member] = set()
        for kind in kinds:
            matching[member] |= _find_matching(store, kind, pattern)

    def keep(doc: Doc) -> bool:
        if pattern.matches(doc["name"]):
            return True
        return any(doc.get(member) in ids for member, ids in matching.items())

    return store.page(query, asked, keep)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A query: what stands between its percent signs, in order."""

    pieces: Sequence[re.Pattern[str]]

    @classmethod
    def parse(cls, query: str) -> "_Pattern":
        """The pattern of a query's text."""
        pieces = []
        for piece in filter(None, fold(query).split("%")):
            literal = ".".join(map(re.escape, piece.split("_")))
            pieces.append(re.compile(literal, re.DOTALL))
        return cls(pieces)

    def matches(self, text: str) -> bool:
        """Whether a text has all pieces one behind the other. Each is taken where it first stands:
        one expression for all of them would try every other place too, and many percent signs would
        keep it busy for ever."""
        folded, place = fold(text), 0
        for piece in self.pieces:
            found = piece.search(folded, place)
            if found is None:
                return False
            place = found.end()
        return True


def _find_matching(store: Store, kind: str, pattern: _Pattern) -> set[str]:
    """The ids of the records of a kind whose name or external id matches."""
    scope = store.principal.tenant if kind in _OF_TENANT else store.scope
    ids = set()
    for record in read_all(store.world, scope, kind):
        if pattern.matches(f"{record.name} {record.doc.get('externalId') or ''}"):
            ids.add(record.id)
    return ids
