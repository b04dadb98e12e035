"""The Chalice app: greedy routes for API Gateway, dispatch through our own trie.

API Gateway allows 300 resources and the contract needs 292, so only one greedy route per family is deployed. With
METERLAKE_ROUTES=expanded every door becomes a route of its own, because `chalice local` does not match greedy ones.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalice import Chalice

from chalicelib.kit.http.doors import Doors

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def _unreached() -> None:
    """Chalice wants a view for each route; requests never get that far, because the app answers them itself."""


class MeterApp(Chalice):  # type: ignore[misc] # Chalice is not typed
    """An app whose REST requests are answered by `gateway`; schedules and streams stay Chalice's own."""

    def __init__(self, app_name: str, gateway: Handler, *modules: Doors) -> None:
        super().__init__(app_name=app_name)
        self._gateway = gateway
        self.api.binary_types = ["*/*"]
        expanded = os.environ.get("METERLAKE_ROUTES") == "expanded"
        for path, methods in (_declared(modules) if expanded else _greedy(modules)).items():
            self.route(path, methods=methods, name=path)(_unreached)

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's signature
        """Answer one API Gateway proxy event."""
        return self._gateway(event, context)


def _declared(modules: Sequence[Doors]) -> dict[str, list[str]]:
    routes: dict[str, list[str]] = {}
    for door in (door for doors in modules for door in doors.declared):
        for path in (door.path, *door.aliases):
            routes.setdefault(path, []).append(door.method)
    return routes


def _greedy(modules: Sequence[Doors]) -> dict[str, list[str]]:
    bases = sorted({doors.family.base.split("/")[1] for doors in modules if doors.family.base})
    return dict.fromkeys(("/{proxy+}", *(f"/{base}/{{proxy+}}" for base in bases)), _METHODS)
