"""/openapi.json and /health"""

from pathlib import Path
from typing import Any

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.ports.vitals import find_problems
from functions.families import OPEN
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(OPEN, "service")
_DOCUMENT = Path(__file__).resolve().parents[2] / "chalicelib" / "openapi.json"


@router.get("/openapi.json", operation_id="get_openapi")
def get_openapi(call: Call[None, None]) -> Response:
    """The contract of this deployment, as OpenAPI 3.1."""
    return Response(200, _DOCUMENT.read_bytes())


@router.get("/health", operation_id="get_health")
def get_health(call: Call[None, None]) -> dict[str, Any]:
    """Whether the service answers, which stage it is, and what is wrong with it.

    `status` is "ok" or "degraded"; both are 200, because requests are answered. `freeBytes` and
    `lakeLag` (versions of events that reports do not see yet) stand there where they are known.
    """
    reading = call.world.vitals.read()  # unscoped: of the whole deployment
    problems = list(find_problems(reading))
    return {
        "status": "degraded" if problems else "ok",
        "stage": call.world.settings.stage,
        "problems": problems,
        "freeBytes": reading.free_bytes,
        "lakeLag": reading.feed_lag,
    }


handler = gateway_handler(router)
