"""Requests that schemathesis makes of our own document, sent to the dispatcher without a server."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import integers
from schemathesis import Case, GenerationMode

from chalicelib.kit.clock import iso, parse_instant
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import hashid
from infra.cli.contract import build_document
from tests.support.client import Client, unpack, validate

EXAMPLES = 3
_QUOTED = re.compile(r"\[.*\]|'.*'|(?<=: INVALID ).*(?= is none of)", re.DOTALL)
_NUMBER = re.compile(r"(?<![0-9A-Za-z])-?[0-9]+(\.[0-9]+)*(?![0-9A-Za-z])")
SEED = 20261126


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent, and what came back. `wrong` are the places that the document forbids, and by
    which of its words: "query size: minimum"."""

    request: Request
    status: int
    body: bytes
    wrong: tuple[str, ...] = ()

    @property
    def faults(self) -> list[dict[str, Any]]:
        """What the answer finds fault with, whatever its family."""
        body = json.loads(self.body)
        return body.get("errors") or [{"code": body.get("code"), "message": body.get("message")}]

    @property
    def refusals(self) -> list[str]:
        """The faults without what is another one in every request: "member: CODE message"."""
        told: list[str] = []
        for fault in self.faults:
            member = fault.get("field") or fault.get("path") or "as a whole"
            words = f"{member}: {fault.get('code') or ''} {fault.get('message')}"
            told.append(_NUMBER.sub("N", _QUOTED.sub("…", words)).replace(":  ", ": "))
        return told


schemathesis.openapi.format("hashid", integers(min_value=1, max_value=2**40).map(hashid))
schemathesis.openapi.format(
    "date-time", integers(parse_instant("2020-01-01"), parse_instant("2026-11-25")).map(iso)
)


@cache
def operations() -> dict[str, Any]:
    """The operations of the document, by method and path."""
    document = build_document()
    for path in document["paths"].values():
        for operation in path.values():
            del operation["security"]  # the key is always right here
    schema = schemathesis.openapi.from_dict(document)
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
    # Hypothesis likes to draw what our modules hold as constants: what is drawn would depend on
    # which of them are loaded.
    with (
        patch.object(providers, "_get_local_constants", Constants),
        patch.object(providers, "CONSTANTS_CACHE", {}),
    ):
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
    return Exchange(request, response.status, unpack(response), tuple(_find_wrong(case)))


def _find_wrong(case: Case) -> Iterator[str]:
    for mutation in getattr(case.meta.phase.data, "mutations", None) or ():
        place = ".".join(map(str, mutation.path)) or "as a whole"
        words = " ".join(mutation.keywords) or str(mutation.operator.value)
        yield f"{mutation.parameter_location.value} {place}: {words}"


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
