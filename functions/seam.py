"""How an operation is answered: the key is checked, query and body are read, the handler is called,
its answer is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.identity.key_cache import KeyCache
from chalicelib.identity.records import Principal
from chalicelib.kit.errors import Fault, Forbidden, InvalidTeamId, TeamNotInMembership, Unauthorized
from chalicelib.kit.http.bodies import MULTIPART, accept_media, unpack
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.envelopes import Unread
from chalicelib.kit.http.messages import Request, Response, Upload
from chalicelib.kit.http.operations import Operation, Router
from chalicelib.kit.http.routes import Route, routes_of
from chalicelib.kit.http.validation import faults_of, read_body, read_query
from chalicelib.kit.ids import number_of
from chalicelib.kit.jsontext import dumps, pack
from chalicelib.lake.gaps import HEADER, collect_gaps, tell
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from functions.families import FAMILIES
from functions.idempotency import once

Query = TypeVar("Query")
Body = TypeVar("Body")
_NOBODY = Principal(Scope(""), Scope(""), "", frozenset())


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """What a handler gets. `query` and `body` are the operation's models (None when it declares
    none); an operation without a body model gets the unpacked bytes, or the list of uploads of a
    multipart body. `media` is the body's type."""

    world: World
    principal: Principal
    request: Request
    path: Mapping[str, str]
    query: Query
    body: Body
    media: str

    @property
    def team(self) -> Scope:
        """The team that everything in this call is about."""
        return self.principal.team


class Seam:
    """Answers operations over one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys = KeyCache(world)

    def dispatcher(self, modules: Iterable[Router]) -> Dispatcher:
        """A dispatcher over the operations of some modules."""
        return self.dispatch_routes(
            routes_of(operation for router in modules for operation in router.operations)
        )

    def dispatch_routes(self, routes: Iterable[Route]) -> Dispatcher:
        """A dispatcher over some routes."""
        return Dispatcher(routes, FAMILIES, self.run)

    def run(self, operation: Operation, request: Request, parameters: dict[str, str]) -> Response:
        """Answer a request to an operation. Raises MeterlakeError for everything a caller may be
        told."""
        if operation.body_key and not _key_in_headers(request):
            body = self._unpack_body(request)
            principal = self._admit(
                operation,
                request,
                parameters,
                operation.body_key(body, accept_media(request, operation.media)),
            )
        else:
            principal = self._admit(operation, request, parameters, _key_in_headers(request))
            body = self._unpack_body(request)

        def answer() -> Response:
            call = self._call(operation, request, parameters, principal, body)
            with collect_gaps() as days:
                answered = _present(operation, operation.handler(call))
            return _tell_gaps(answered, days)

        return (
            once(self._world, principal, request, body, answer)
            if operation.idempotent
            else answer()
        )

    def _unpack_body(self, request: Request) -> bytes:
        return unpack(request, self._world.settings.body_limit_bytes)

    def _admit(
        self, operation: Operation, request: Request, parameters: Mapping[str, str], key: str
    ) -> Principal:
        if not operation.scope:
            return _NOBODY
        if not key:
            raise Unauthorized("no API key: send it as x-api-key, or as Authorization: Bearer")
        principal = self._keys.principal(key)
        if not {operation.scope, operation.or_scope} & principal.scopes:
            raise Forbidden(f"this key may not do that: it lacks the scope {operation.scope}")
        if name := operation.family.team_parameter:
            asked = dict(request.query).get(name, "")
            if asked.strip():  # a blank parameter is as good as none
                _check_team(asked, principal)
            if name in parameters:  # a blank piece of the path is not
                _check_team(parameters[name], principal)
        return principal

    def _call(
        self,
        operation: Operation,
        request: Request,
        parameters: dict[str, str],
        principal: Principal,
        body: bytes,
    ) -> Call[Any, Any]:
        """Read query and body; whatever is wrong with either is told in one answer."""
        query_faults: list[Fault] = []
        body_faults: list[Fault] = []
        query, content, media = None, None, ""
        try:
            query = read_query(operation.query, request.query) if operation.query else None
        except ValidationError as error:
            query_faults = faults_of(error)
        try:
            if operation.media and (body or operation.body_required):
                media = accept_media(request, operation.media)
                content = _content(operation, media, request, body)
        except ValidationError as error:
            body_faults = faults_of(error)
        if query_faults or body_faults:
            raise Unread(query_faults, body_faults)
        return Call(
            world=self._world,
            principal=principal,
            request=request,
            path=parameters,
            query=query,
            body=content,
            media=media,
        )


def _key_in_headers(request: Request) -> str:
    """The key in x-api-key or behind Bearer; empty when there is neither."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return request.headers.get("x-api-key", "").strip() or (
        token.strip() if scheme.lower() == "bearer" else ""
    )


def _check_team(named: str, principal: Principal) -> None:
    if number_of(named) is None:
        raise InvalidTeamId(f"Failed to decode hashed Id: [{named[:64]}] (teamId)", field="teamId")
    if named != principal.team:
        raise TeamNotInMembership("the API key belongs to another team")


def _content(
    operation: Operation, media: str, request: Request, body: bytes
) -> BaseModel | bytes | list[Upload]:
    if media == MULTIPART:
        from chalicelib.kit.http.forms import uploads

        return uploads(request, body)
    if operation.body is None:
        return body
    return read_body(operation.body, body)


def _tell_gaps(response: Response, days: set[str]) -> Response:
    """The response, with a header for the days of the lake that it misses something of."""
    if not days:
        return response
    return replace(response, headers={**response.headers, HEADER: tell(days)})


def _present(
    operation: Operation, answer: BaseModel | Mapping[str, Any] | list[Any] | Response
) -> Response:
    if isinstance(answer, Response):
        return answer
    value = (
        answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer
    )
    return Response(
        operation.status, dumps(value) if operation.family.exact else pack(value).encode()
    )
