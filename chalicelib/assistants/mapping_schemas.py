"""The wire of mappings from e-mail addresses to logins at GitHub."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from chalicelib.resources.schemas import (
    READ_ONLY,
    PageQuery,
    RecordMembers,
    Wire,
    build_page_model,
    check_address,
)

MappingSource = Literal["AUTO", "MANUAL"]
_LOGIN = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:_[A-Za-z0-9]+)?$"


def _drop_sign(text: object) -> object:
    return text.strip().removeprefix("@") if isinstance(text, str) else text


Login = Annotated[
    str,
    StringConstraints(min_length=1, max_length=39, pattern=_LOGIN),
    BeforeValidator(_drop_sign),
]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=255),
    AfterValidator(check_address),
    WithJsonSchema({"type": "string", "maxLength": 255, "pattern": r"^\S+@[^\s@]+$"}),
]


class GithubUserMappingRequest(Wire):
    """Whose login it is."""

    email: Address
    githubLogin: Login = Field(description="with or without a leading @")


class GithubUserMappingResource(RecordMembers):
    """An e-mail address and its login at GitHub; null where none was found."""

    email: str
    githubLogin: str | None = None
    source: Annotated[MappingSource, READ_ONLY] = "AUTO"
    resolvedAt: Annotated[datetime | None, READ_ONLY] = None


GithubUserMappingCollection = build_page_model(
    "GithubUserMappingCollection", "githubUserMappingResourceList", GithubUserMappingResource
)


class GithubUserMappingQuery(PageQuery):
    """What the list of mappings may be asked."""

    size: int = Field(100, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["email,asc"], description="property or property,asc|desc")


class IntegrationDeletionResult(Wire):
    """What a delete answers."""

    message: str
    id: str
