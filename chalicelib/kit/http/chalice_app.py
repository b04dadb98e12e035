"""The Chalice app: greedy routes for API Gateway, dispatch through our own trie.

API Gateway allows 300 resources and the contract needs 292, so only one greedy route per family is
deployed. With METERLAKE_ROUTES=expanded every path becomes a route of its own, because `chalice
local` does not match greedy ones.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalice import Chalice

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def _placeholder_view() -> None:
    """Chalice wants a view for each route; requests never get that far, because the app answers
    them itself."""


class MeterApp(Chalice):  # type: ignore[misc] # Chalice is not typed
    """An app whose REST requests are answered by `gateway`; schedules and streams stay Chalice's
    own. `routes` are pairs of a method and a path template."""

    def __init__(self, app_name: str, gateway: Handler, routes: Iterable[tuple[str, str]]) -> None:
        super().__init__(app_name=app_name)
        self._gateway = gateway
        self.api.binary_types = ["*/*"]
        expanded = os.environ.get("METERLAKE_ROUTES") == "expanded"
        for path, methods in (
            _single_routes(routes) if expanded else _greedy_routes(routes)
        ).items():
            self.route(path, methods=methods, name=path)(_placeholder_view)

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401
        """Answer one API Gateway proxy event."""
        return self._gateway(event, context)


def _single_routes(routes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for method, path in routes:
        # Chalice has no parameter that takes more than one segment.
        paths.setdefault(path.replace("+}", "}"), []).append(method)
    return paths


def _greedy_routes(routes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    # A greedy route takes one segment at least: the root is a resource of its own.
    firsts = sorted({path.split("/")[1] for _, path in routes if path.count("/") > 1})
    return dict.fromkeys(
        ("/", "/{proxy+}", *(f"/{first}/{{proxy+}}" for first in firsts)), _METHODS
    )
