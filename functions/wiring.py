"""The world of this process, and the handlers that API Gateway invokes."""

import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any

from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.gateway import Event, event_answer, request_of
from chalicelib.kit.http.operations import Router
from chalicelib.kit.http.routes import Route, routes_of
from chalicelib.kit.telemetry import trace_segment
from chalicelib.ports.world import World
from functions.seam import Seam

_FACTORY = "METERLAKE_WORLD"
"""Names the function that builds the world, as module:function. Deployed functions use the
default."""

Handler = Callable[[Event, Any], dict[str, Any]]


@lru_cache(maxsize=1)
def world() -> World:
    """Built on first use and kept for the life of the process."""
    module, _, function = os.environ.get(
        _FACTORY, "chalicelib.aws.world:build_from_environment"
    ).partition(":")
    return getattr(import_module(module), function)()  # type: ignore[no-any-return]


def gateway_handler(*modules: Router) -> Handler:
    """The Lambda handler of some modules' operations: answers API Gateway proxy events."""
    return routed_handler(
        lambda: routes_of(operation for router in modules for operation in router.operations)
    )


def routed_handler(routes: Callable[[], Iterable[Route]]) -> Handler:
    """The Lambda handler of some routes."""

    @lru_cache(maxsize=1)
    def dispatch() -> Dispatcher:
        return Seam(world()).dispatch_routes(routes())

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        # While a function is being started it has a whole processor; else the first request
        # would pay for it.
        dispatch()

    def handler(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's signature
        request = request_of(event)
        with trace_segment(request.method):
            return event_answer(dispatch()(request), request.request_id)

    return handler
