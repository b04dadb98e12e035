"""What follows for an operation from its method and path, and what its declaration says."""

from pydantic import BaseModel

from chalicelib.kit.http.envelopes import ApiEnvelope
from chalicelib.kit.http.operations import Defaults, Family, Operation, Router


class Query(BaseModel):
    """What the operations of the test take."""


FAMILY = Family(
    "test",
    "/test",
    ApiEnvelope(),
    defaults=Defaults("read", "write", read_errors=(404,), write_errors=(404, 409)),
)


def declare(method: str, path: str, **options: object) -> Operation:
    """The operation of one declaration."""
    router = Router(FAMILY, "tests", query=Query)

    def handle_it() -> None:
        """Does nothing."""

    getattr(router, method)(path, **options)(handle_it)
    return router.operations[0]


def test_scope_and_errors_follow_from_method_and_path() -> None:
    """Only a path that names something can name what is not there."""
    assert (declare("get", "/a").scope, declare("get", "/a").errors) == ("read", ())
    assert declare("get", "/a/{id}").errors == (404,)
    for method in ("post", "put", "patch", "delete"):
        operation = declare(method, "/a/{id}")
        assert (operation.scope, operation.errors) == ("write", (404, 409))
        assert declare(method, "/a").errors == ()


def test_the_id_is_the_handlers_name_and_the_query_is_the_routers() -> None:
    """A handler is named as its operation is."""
    operation = declare("get", "/a")
    assert (operation.operation_id, operation.query) == ("handle_it", Query)


def test_a_declaration_wins() -> None:
    """Also where it says that there is nothing."""
    stated = {"operation_id": "x", "scope": "", "errors": (503,), "query": None}
    operation = declare("put", "/a/{id}", **stated)
    assert {name: getattr(operation, name) for name in stated} == stated


def test_a_family_without_defaults_is_open() -> None:
    """As the operations are that show the contract."""
    router = Router(Family("open", "", ApiEnvelope()), "tests")

    @router.get("/a/{id}")
    def show() -> None:
        """Does nothing."""

    operation = router.operations[0]
    assert (operation.scope, operation.errors, operation.query) == ("", (), None)
