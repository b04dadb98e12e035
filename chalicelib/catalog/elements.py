"""Metering elements: the quantities that plans are rated on. Every metric of a metered event
becomes one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.catalog.names import METERED, check_name
from chalicelib.catalog.plans import find_rated_elements
from chalicelib.directory.registry import ELEMENT, PRODUCT, SOURCE
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import hashid
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.errors import Duplicate, InUse, check_id, check_team
from chalicelib.resources.hal import build_value_filter
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

_PATH = "/profitstream/v2/api/metering-element-definitions"
_SYSTEM = (
    "totalCost", "inputTokenCost", "outputTokenCost", "inputTokenCount", "outputTokenCount", "totalTokenCount",
    "reasoningTokenCount", "cacheCreationTokenCount", "cacheReadTokenCount",
)  # fmt: skip
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
LINK = Reference(
    "meteringElementDefinitions", "meteringElementDefinitionIds", ELEMENT, "MeteringElementDefinition",
    "metering_element_definition", _PATH, many=True,
)  # fmt: skip
"""How sources refer to their elements."""


class ElementQuery(PageQuery):
    """What the list of metering elements may be asked."""

    type: Literal["STRING", "NUMBER"] | None = None
    sourceIds: str | None = Field(None, description="ids of sources with commas between them")


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    if before and doc["type"] != before.doc["type"]:
        raise Invalid(
            f"the type of an element cannot change: it is {before.doc['type']}", field="type"
        )
    if _built_in(doc["name"]):
        raise Duplicate("MeteringElementDefinition", "name", doc["name"])
    check_name(store, doc, before)
    return doc


def _present(store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    if record not in SYSTEM:
        return row | {"isSystem": False}
    return row | {"isSystem": True, "team": None, "teamId": None, "created": None, "updated": None}


def _removable(store: Store, record: Record) -> None:
    for product in read_all(store.world, store.scope, PRODUCT):
        if record.id in find_rated_elements(product.doc.get("plan")):
            raise InUse(
                f"the plan of product {product.name!r} rates the element {record.name!r}: change it first"
            )


ELEMENTS = Resource(
    kind=ELEMENT,
    name="MeteringElementDefinition",
    resource_type="metering_element_definition",
    path=_PATH,
    embedded="meteringElementDefinitionResourceList",
    model=MeteringElementDefinition,
    unique=METERED,
    lasting=frozenset({"name"}),
    built_in=SYSTEM,
    filters={"type": build_value_filter("type")},
    apply_rules=_rules,
    present=_present,
    check_removal=_removable,
)


def _built_in(name: str) -> Record | None:
    return next((element for element in SYSTEM if fold(element.name) == fold(name)), None)


def obtain(store: Store, members: Mapping[str, Any]) -> Record:
    """A new element, or the built-in one of that name."""
    check_team(members.get("teamId"), store.principal.team)
    return _built_in(members["name"]) or store.create(members)


def page_elements(store: Store, query: ElementQuery, asked: Request) -> dict[str, Any]:
    """A page of elements, of some sources if they are named."""
    wanted = [text.strip() for text in (query.sourceIds or "").split(",") if text.strip()]
    if not wanted:
        return store.page(query, asked)
    for source in wanted:
        check_id(source, "sourceIds")
    sources = list(store.world.documents.get_many(store.scope, SOURCE, wanted[:100]).values())
    names = {
        element.name
        for elements in elements_of_sources(store, sources).values()
        for element in elements
    }
    return store.page(query, asked, lambda doc: doc["name"] in names)


def elements_of_sources(store: Store, sources: Sequence[Record]) -> dict[str, list[Record]]:
    """The elements of each source, by its id: those it was given, else those that metering first
    saw there."""
    found: dict[str, list[Record]] = {}
    met = [source.id for source in sources if source.doc.get(LINK.flat) is None]
    if met:
        elements = read_all(store.world, store.scope, ELEMENT)
        found |= {
            source: [each for each in elements if source in (each.doc.get("sourceIds") or ())]
            for source in met
        }
    given = {source.id: source.doc[LINK.flat] for source in sources if source.id not in found}
    wanted = [each for ids in given.values() for each in ids]
    known = {
        each: record
        for each, (_, record) in read_referred(store.world, store.principal, LINK, wanted).items()
    }
    known |= {element.id: element for element in SYSTEM}
    return found | {
        source: [known[each] for each in ids if each in known and not known[each].deleted]
        for source, ids in given.items()
    }
