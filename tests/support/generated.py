"""Requests that schemathesis makes of our own document, sent to the dispatcher without a server."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from chalicelib.kit.http.messages import Request
from infra.cli.contract import build_document
from tests.support.client import Client, validate

EXAMPLES = 3
SEED = 20261126


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent, and what came back."""

    request: Request
    status: int
    body: bytes

    @property
    def faults(self) -> list[dict[str, Any]]:
        """What the answer finds fault with, whatever its family."""
        body = json.loads(self.body)
        return body.get("errors") or [{"code": body.get("code"), "message": body.get("message")}]


@cache
def operations() -> dict[str, Any]:
    """The operations of the document, by method and path."""
    schema = schemathesis.openapi.from_dict(build_document())
    found = (result.ok() for result in schema.get_all_operations())
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


def exchanges(client: Client, name: str, mode: GenerationMode) -> Iterator[Exchange]:
    """Some requests of an operation and their answers, always the same. Each answer is held
    against the document."""
    made: list[Exchange] = []

    def run(case: Case) -> None:
        made.append(_send(client, case))

    try:
        _repeat(run, operations()[name].as_strategy(generation_mode=mode))
    except Unsatisfiable:
        return  # nothing of such an operation can be wrong
    yield from made


def _repeat(run: Callable[[Case], None], strategy: Any) -> None:
    limits = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    limits(seed(SEED)(given(strategy)(run)))()


def _send(client: Client, case: Case) -> Exchange:
    whole = case.as_transport_kwargs(base_url="http://localhost")
    known = ("method", "url", "params", "headers", "json", "data", "files")
    prepared = requests.Request(**{name: whole[name] for name in known if name in whole}).prepare()
    parts = urlsplit(prepared.url or "")
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    headers |= {"x-api-key": client.key, "authorization": ""}
    body = prepared.body or b""
    request = Request(
        method=prepared.method or "",
        path=parts.path,
        headers=headers,
        query=parse_qsl(parts.query, keep_blank_values=True),
        body=body.encode() if isinstance(body, str) else bytes(body),
        request_id="generated",
    )
    response = client.dispatch(request)
    validate(request.method, request.path, response)
    return Exchange(request, response.status, response.body)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
