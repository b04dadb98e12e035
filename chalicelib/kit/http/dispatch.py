"""Dispatch: from a request to the operation that answers it, and every failure to its family's
envelope."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from time import perf_counter_ns

from chalicelib.kit.errors import MeterlakeError, MethodNotAllowed, NotFound
from chalicelib.kit.http.compression import pack_answer
from chalicelib.kit.http.messages import Request, Response
from chalicelib.kit.http.operations import Family, Operation
from chalicelib.kit.http.routes import Route
from chalicelib.kit.http.trie import Trie
from chalicelib.kit.logs import logger
from chalicelib.kit.telemetry import measure

Run = Callable[[Operation, Request, dict[str, str]], Response]


class Dispatcher:
    """Answers requests. `run` answers one operation: it authenticates, reads, calls the handler and
    presents.

    The last family is the one whose envelope unknown paths outside every base get.
    """

    def __init__(self, routes: Iterable[Route], families: Sequence[Family], run: Run) -> None:
        self._trie: Trie[Callable[[], Operation]] = Trie()
        self._families = families
        self._run = run
        for route in routes:
            self._trie.add(route.method, route.path, route.operation)

    def __call__(self, request: Request) -> Response:
        """The answer, packed where the client takes it so; never raises."""
        begun = perf_counter_ns()
        operation = None
        try:
            operation, parameters = self._find(request)
            response = self._run(operation, request, parameters)
        except MeterlakeError as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                logger().exception("the service failed", extra={"request_id": request.request_id})
            response = self._family(request, operation).envelope.render(error, request)
        except Exception:  # noqa: BLE001 - the one top handler: our envelope, whatever failed
            logger().exception("unexpected failure", extra={"request_id": request.request_id})
            failure = MeterlakeError(
                "an unexpected error happened; quote the request id when you report it"
            )
            response = self._family(request, operation).envelope.render(failure, request)
        measure(
            request,
            response,
            operation.operation_id if operation else "none",
            (perf_counter_ns() - begun) / 1e6,
        )
        return pack_answer(request, response)

    def refuse(self, request: Request, error: MeterlakeError) -> Response:
        """The answer to a request that is not worked on at all, in its family's envelope."""
        return self._family(request, None).envelope.render(error, request)

    def _find(self, request: Request) -> tuple[Operation, dict[str, str]]:
        found = self._trie.find(request.method, request.path)
        if found:
            operation, parameters = found
            return operation(), parameters
        allowed = self._trie.methods(request.path)
        if allowed:
            raise MethodNotAllowed(
                f"{request.method} is not possible here, only {', '.join(allowed)}", allowed
            )
        raise NotFound(f"there is nothing at {request.path}")

    def _family(self, request: Request, operation: Operation | None) -> Family:
        if operation:
            return operation.family
        within = [family for family in self._families if request.path.startswith(family.base + "/")]
        return within[0] if within else self._families[-1]
