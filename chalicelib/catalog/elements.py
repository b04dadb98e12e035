"""Metering elements: the quantities that plans are rated on. Every metric of a metered event
becomes one."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.catalog.names import METERED, check_name
from chalicelib.catalog.plans import find_rated_elements
from chalicelib.catalog.targets import TO_ELEMENT
from chalicelib.directory.registry import ELEMENT, PRODUCT, SOURCE
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import hashid
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.checks import check_id, check_team
from chalicelib.resources.errors import Duplicate, InUse
from chalicelib.resources.filters import build_value_filter
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import Reference, read_referred
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    PageQuery,
    RecordMembers,
    ResourceReference,
    Text,
    build_page_model,
)
from chalicelib.resources.store import Store

_SYSTEM = (
    "totalCost",
    "inputTokenCost",
    "outputTokenCost",
    "inputTokenCount",
    "outputTokenCount",
    "totalTokenCount",
    "reasoningTokenCount",
    "cacheCreationTokenCount",
    "cacheReadTokenCount",
)
_FIRST_ID = 2**40
"""Ids of built-in elements are the same everywhere, and above those that are drawn. Never reorder
them."""


class MeteringElementDefinition(RecordMembers):
    """A quantity or a text that metered events carry."""

    name: Name
    type: Literal["STRING", "NUMBER"]
    description: Text | None = None
    isSystem: Annotated[bool | None, READ_ONLY] = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: str | None = Field(None, description="null on built-in elements")


MeteringElementDefinitionPage = build_page_model(
    "MeteringElementDefinitionPage",
    "meteringElementDefinitionResourceList",
    MeteringElementDefinition,
)
SYSTEM = tuple(
    Record(ELEMENT, hashid(_FIRST_ID + number), {"name": name, "type": "NUMBER"}, name)
    for number, name in enumerate(_SYSTEM)
)
"""The built-in elements, which every team has."""
LINK = Reference(
    "meteringElementDefinitions", "meteringElementDefinitionIds", TO_ELEMENT, many=True
)
"""How sources refer to their elements."""


class ElementQuery(PageQuery):
    """What the list of metering elements may be asked."""

    type: Literal["STRING", "NUMBER"] | None = None
    sourceIds: str | None = Field(None, description="ids of sources with commas between them")


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    if before and doc["type"] != before.doc["type"]:
        raise Invalid(
            f"the type of an element cannot change: it is {before.doc['type']}", field="type"
        )
    if _find_built_in(doc["name"]):
        raise Duplicate("MeteringElementDefinition", "name", doc["name"])
    check_name(store, doc, before)
    return doc


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    if record not in SYSTEM:
        return row | {"isSystem": False}
    return row | {"isSystem": True, "team": None, "teamId": None, "created": None, "updated": None}


def _check_removal(store: Store, record: Record) -> None:
    for product in read_all(store.world, store.scope, PRODUCT):
        if record.id in find_rated_elements(product.doc.get("plan")):
            raise InUse(
                f"the plan of product {product.name!r} rates the element {record.name!r}:"
                " change it first"
            )


ELEMENTS = Resource(
    kind=ELEMENT,
    name="MeteringElementDefinition",
    resource_type="metering_element_definition",
    path=TO_ELEMENT.path,
    embedded="meteringElementDefinitionResourceList",
    model=MeteringElementDefinition,
    unique=METERED,
    lasting=frozenset({"name"}),
    built_in=SYSTEM,
    filters={"type": build_value_filter("type")},
    apply_rules=_apply_rules,
    present=_present,
    check_removal=_check_removal,
)


def _find_built_in(name: str) -> Record | None:
    return next((element for element in SYSTEM if fold(element.name) == fold(name)), None)


def obtain(store: Store, members: Mapping[str, Any]) -> Record:
    """A new element, or the built-in one of that name."""
    check_team(members.get("teamId"), store.principal.team)
    return _find_built_in(members["name"]) or store.create(members)


def page_elements(store: Store, query: ElementQuery, asked: Request) -> dict[str, Any]:
    """A page of elements, of some sources if they are named."""
    wanted = [text.strip() for text in (query.sourceIds or "").split(",") if text.strip()]
    if not wanted:
        return store.page(query, asked)
    for source in wanted:
        check_id(source, "sourceIds")
    sources = store.world.documents.get_many(store.scope, SOURCE, wanted[:100])
    names: set[str] = set()
    for elements in elements_of_sources(store, list(sources.values())).values():
        names.update(element.name for element in elements)
    return store.page(query, asked, lambda doc: doc["name"] in names)


def elements_of_sources(store: Store, sources: Sequence[Record]) -> dict[str, list[Record]]:
    """The elements of each source, by its id: those it was given, else those that metering first
    saw there."""
    found: dict[str, list[Record]] = {}
    given: dict[str, Sequence[str]] = {}
    for source in sources:
        ids = source.doc.get(LINK.flat)
        if ids is None:
            found[source.id] = []
        else:
            given[source.id] = ids
    if found:
        _add_metered(store, found)
    known = _read_elements(store, given.values())
    for source_id, ids in given.items():
        found[source_id] = [known[each] for each in ids if each in known]
    return found


def _add_metered(store: Store, found: dict[str, list[Record]]) -> None:
    """Add to each source the elements that metering first saw there."""
    for element in read_all(store.world, store.scope, ELEMENT):
        for source_id in found.keys() & set(element.doc.get("sourceIds") or ()):
            found[source_id].append(element)


def _read_elements(store: Store, given: Iterable[Sequence[str]]) -> dict[str, Record]:
    """The elements of ids that were not deleted, built-in ones too."""
    known = {element.id: element for element in SYSTEM}
    wanted = list(chain.from_iterable(given))
    for _, record in read_referred(store.world, store.principal, LINK, wanted).values():
        if not record.deleted:
            known.setdefault(record.id, record)
    return known
