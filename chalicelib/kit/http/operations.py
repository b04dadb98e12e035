"""Operations: the declaration of each, from which dispatch, checks and the OpenAPI document all
follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from chalicelib.kit.http.bodies import JSON
from chalicelib.kit.http.envelopes import Envelope

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for the operations of a family whose declaration does not say otherwise.

    A GET needs `read_scope`, every other method `write_scope`; empty means open to anybody. Where
    the path has a parameter, a GET may answer with `read_errors` besides the family's errors, and
    every other method with `write_errors`; where it has none, there are no further errors.
    """

    read_scope: str = ""
    write_scope: str = ""
    read_errors: Sequence[int] = ()
    write_errors: Sequence[int] = ()

    def scope(self, method: str) -> str:
        """The scope that a method needs."""
        return self.read_scope if method == "GET" else self.write_scope

    def errors(self, method: str, path: str) -> Sequence[int]:
        """The statuses that a method at a path may answer with besides the family's."""
        if "{" not in path:
            return ()
        return self.read_errors if method == "GET" else self.write_errors


@dataclass(frozen=True, slots=True)
class Family:
    """Operations that share a base path and an error envelope. `errors` are statuses each of them
    may answer; `team_parameter` names the query parameter that must be the caller's own team when
    it is given. Answers of an `exact` family may hold Decimals, which are written with all their
    digits; the others are written faster."""

    name: str
    base: str
    envelope: Envelope
    errors: Sequence[int] = (400, 401, 403, 500)
    team_parameter: str = ""
    ids: frozenset[str] = frozenset()
    """Parameters, in the path or the query, that hold ids of ours: not any text is one."""
    exact: bool = True
    defaults: Defaults = field(default_factory=Defaults)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` is full; `scope` empty means open to anybody; `answer` None means the
    body is the handler's own (a Response). A body that is a bare JSON array is a RootModel. With
    `body_required` False an absent body is None; an operation with a body model and no `media`
    documents a body that it does not read."""

    family: Family
    method: str
    path: str
    operation_id: str
    handler: Callable[..., Any]
    scope: str = ""
    or_scope: str = ""
    """Another scope that will do; how much it lets a key see is the handler's affair."""
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_required: bool = True
    media: tuple[str, ...] = ()
    answer: type[BaseModel] | None = None
    also: tuple[str, ...] = ()
    """Further media types of a good answer, which a caller gets who asks for them in the Accept
    header."""
    status: int = 200
    further: Sequence[int] = ()
    """Further statuses of a good answer, with the same body."""
    errors: Sequence[int] = ()
    bare: Sequence[int] = ()
    """Further statuses of an answer without a body."""
    idempotent: bool = False
    aliases: Sequence[str] = ()
    shape: type[BaseModel] | None = None
    """What the JSON body of an operation without a body model looks like: for the document only,
    nothing is checked by it."""
    body_key: Callable[[bytes, str], str] | None = None
    """Finds the API key in a body, given its media type, when no header has one; for clients that
    can set no header."""

    @property
    def shown_path(self) -> str:
        """The path as OpenAPI writes it: that a parameter takes the rest of the path has no
        notation there."""
        return self.path.replace("+}", "}")

    @property
    def summary(self) -> str:
        """The first paragraph of the handler's docstring, on one line."""
        return " ".join((self.handler.__doc__ or "").strip().partition("\n\n")[0].split())


@dataclass(slots=True)
class Router:
    """The operations of one module. `tag` groups them in the OpenAPI document; what
    has none is served and not part of the contract.

    Methods decorate a handler: `@router.post("/ai/completions", body=…, answer=…, status=201)`.
    Options are the fields of Operation. Those that are not given follow from the rest: the
    operation id is the handler's name, scope and errors are the family's defaults for method and
    path, the query model is the router's; `query=None` means that there is none.
    """

    family: Family
    tag: str
    query: type[BaseModel] | None = None
    operations: list[Operation] = field(default_factory=list)

    def _operation(
        self, method: str, path: str, options: dict[str, Any]
    ) -> Callable[[Handler], Handler]:
        defaults = self.family.defaults
        stated = {
            "scope": defaults.scope(method),
            "errors": defaults.errors(method, path),
            "query": self.query,
            **options,
        }
        if stated.get("body") is not None:
            stated.setdefault("media", (JSON,))

        def declare(handler: Handler) -> Handler:
            stated.setdefault("operation_id", handler.__name__)
            operation = Operation(
                self.family, method, self.family.base + path, handler=handler, **stated
            )
            self.operations.append(operation)
            return handler

        return declare

    def get(self, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """Declare a GET."""
        return self._operation("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """Declare a POST."""
        return self._operation("POST", path, options)

    def put(self, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """Declare a PUT."""
        return self._operation("PUT", path, options)

    def patch(self, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """Declare a PATCH."""
        return self._operation("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401
        """Declare a DELETE."""
        return self._operation("DELETE", path, options)
