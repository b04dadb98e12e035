"""The wire of all resources: members, references, pages, revisions, and what a list may be
asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    WithJsonSchema,
    create_model,
    model_validator,
)

from chalicelib.kit.http.links import HalLink
from chalicelib.kit.pages import PageRequest

READ_ONLY = Field(json_schema_extra={"readOnly": True})
"""Marks a member that clients are shown and may send back, but never set."""
_MOST_ROWS = 100


class Wire(BaseModel):
    """A shape on the wire. Built at first use: most requests need few of them. A number that is
    none, or infinite, is refused: JSON could not show it again."""

    model_config = ConfigDict(defer_build=True, extra="ignore", allow_inf_nan=False)


def nullable_words(words: Any) -> WithJsonSchema:  # noqa: ANN401 - a Literal
    """The schema of a Literal that may be null, as the contract writes it."""
    return WithJsonSchema({"type": ["string", "null"], "enum": [*get_args(words), None]})


def check_address(text: str) -> str:
    """The text, when it is an e-mail address. Raises ValueError."""
    local, _, domain = text.rpartition("@")
    if not local or not domain or any(character.isspace() for character in text):
        raise ValueError("not an e-mail address")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"
"""Neither control characters nor what turns the direction of text around."""
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=_ONE_LINE),
]
"""A name without control characters: for what stands in terminals, logs and on paper."""
Text = Annotated[str, StringConstraints(max_length=4_000)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=320),
    AfterValidator(check_address),
    WithJsonSchema({"type": "string", "maxLength": 320, "pattern": r"^\S+@[^\s@]+$"}),
]
Currency = Literal[
    "USD", "EUR", "CAD", "GBP", "JPY", "CNY", "MXN", "COP", "ARS", "ZMW", "AUD", "ZWG"
]
PeriodUnit = Literal[
    "DAY", "MONTH", "YEAR", "TEST_MINUTE", "TEST_MINUTE_WITH_SYNTHETIC_METERING", "NONE"
]


class HalLinks(RootModel[dict[str, HalLink]]):
    """Links by relation: self, first, prev, next, last."""

    model_config = ConfigDict(defer_build=True)


class ResourceReference(Wire):
    """Another record, as it is shown inside one."""

    id: str | None = None
    label: str | None = None
    resourceType: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


class Members(Wire):
    """What a client may send of a record and what it is shown. Read-only and unknown members of a
    body are ignored: clients send back whole records that they read."""

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, sent: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
        if not isinstance(sent, Mapping):
            return sent
        fixed = _read_only(cls)
        return {name: value for name, value in sent.items() if name not in fixed}


class RecordMembers(Members):
    """What every record is shown with."""

    id: Annotated[str | None, READ_ONLY] = None
    label: Annotated[str | None, READ_ONLY] = None
    resourceType: Annotated[str | None, READ_ONLY] = None
    created: Annotated[datetime | None, READ_ONLY] = None
    updated: Annotated[datetime | None, READ_ONLY] = None
    links: Annotated[HalLinks | None, READ_ONLY] = Field(None, alias="_links")


class Deleted(Wire):
    """The answer of a successful delete."""

    id: str | None = None
    message: str | None = None
    resourceType: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


class Revision(Wire):
    """One changed member of a record; values are texts, those of secrets are left out."""

    attribute: str | None = Field(None, description="the member in words")
    field: str | None = None
    changeType: str | None = Field(None, description="CREATE, UPDATE or DELETE")
    previousValue: str | None = None
    currentValue: str | None = None
    changeDate: datetime
    user: str | None = Field(None, description="e-mail of the author, or the id of the key")


class Tags(RootModel[list[str]]):
    """Tags, as a bare array."""


class PageBlock(Wire):
    """Where a page stands among all."""

    size: int
    totalElements: int
    totalPages: int
    number: int
    last: bool


def build_page_model(name: str, embedded: str, row: type[BaseModel]) -> type[BaseModel]:
    """The schema of a HAL page of rows, which stand in `_embedded.<embedded>`."""
    rows: Any = list[row]  # type: ignore[valid-type] # known at run time only
    members: dict[str, Any] = {embedded: (rows, ...)}
    inner: Any = create_model(f"{name}Rows", __base__=Wire, **members)
    return create_model(
        name,
        __base__=Wire,
        embedded=(inner, Field(alias="_embedded")),
        links=(HalLinks, Field(alias="_links")),
        page=(PageBlock, ...),
    )


RevisionPage = build_page_model("RevisionPage", "revisionDataResourceList", Revision)


class TeamQuery(Wire):
    """What every operation takes. The seam has held the team against the key by the time anybody
    reads this."""

    teamId: str | None = None


class TeamNeeded(TeamQuery):
    """What operations take whose callers must name their team."""

    teamId: str = Field(min_length=1)


class EmailQuery(TeamQuery):
    """Whom to look for."""

    email: str = Field(min_length=1)


class TenantQuery(TeamQuery):
    """What operations on records of a whole tenant take."""

    tenantId: str | None = Field(None, description="the tenant of the key; a team of it is as good")


class PageQuery(TeamQuery):
    """What every list takes."""

    page: int = Field(0, ge=0, description="zero-based")
    size: int = Field(10, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field([], description="property or property,asc|desc")

    @property
    def request(self) -> PageRequest:
        """The page that is asked for."""
        return PageRequest(self.page, min(self.size, _MOST_ROWS))


class SearchQuery(PageQuery):
    """What most lists take."""

    query: str | None = Field(None, description="found in names")
    type: str | None = None


class TenantPageQuery(SearchQuery, TenantQuery):
    """What lists of records of a whole tenant take."""


def sent_members(body: BaseModel, *, nulls: bool = True) -> dict[str, Any]:
    """The members that a client did send, by their wire names, as JSON (Decimals as text).

    Without `nulls` a null member counts as absent; with them it is one that the client wants to be
    empty.
    """
    members = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return (
        members if nulls else {name: value for name, value in members.items() if value is not None}
    )


@cache
def _read_only(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("readOnly")
    )


@cache
def member_names(model: type[BaseModel]) -> Sequence[str]:
    """The members of a model, by their wire names."""
    return [field.alias or name for name, field in model.model_fields.items()]


@cache
def shown_members(model: type[BaseModel]) -> Sequence[str]:
    """The members of a model that are answered: those that are not only written."""
    hidden = written_members(model)
    return [name for name in member_names(model) if name not in hidden]


@cache
def written_members(model: type[BaseModel]) -> frozenset[str]:
    """The members of a model that are only written."""
    names: list[str] = []
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, Mapping) and extra.get("writeOnly"):
            names.append(field.alias or name)
    return frozenset(names)


@cache
def plain_members(model: type[BaseModel]) -> Mapping[str, bool]:
    """The members with one plain value, and whether it is a Decimal (which is stored as text)."""
    found = {}
    for name, field in model.model_fields.items():
        kinds = set(_kinds(field.annotation))
        if not any(_nests(kind) for kind in kinds):
            found[field.alias or name] = Decimal in kinds
    return found


def _nests(kind: Any) -> bool:  # noqa: ANN401 - a type
    """Whether values of a class have members or elements."""
    return (
        isinstance(kind, type)
        and not issubclass(kind, str)
        and issubclass(kind, BaseModel | Sequence | Mapping)
    )


def _kinds(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - a type
    """The classes that a value may be of."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    else:
        yield origin or annotation
