"""A client for API tests: every answer, status and body, is validated against what its operation
declares."""

import gzip
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from chalicelib.identity.service import bootstrap
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.messages import Request, Response
from chalicelib.kit.http.trie import Trie
from chalicelib.ports.world import World
from functions import table
from functions.families import FAMILIES
from functions.seam import Seam
from infra.cli.contract import build_document
from infra.installation import Installation


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@lru_cache(maxsize=1)
def _contract() -> dict[str, Any]:
    return build_document()


@lru_cache(maxsize=1)
def _operations() -> Trie[dict[str, Any]]:
    trie: Trie[dict[str, Any]] = Trie()
    for path, item in _contract()["paths"].items():
        for method, operation in item.items():
            trie.add(method.upper(), path, operation)
    return trie


@cache
def _validator(schema_text: str) -> Draft202012Validator:
    schema = json.loads(schema_text) | {"components": _contract()["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def validate(method: str, path: str, response: Response) -> None:
    """Hold an answer against the contract; paths that are not in it must answer their family's
    error."""
    found = _operations().find(method, path)
    if found is None:
        family = next(
            (family for family in FAMILIES[:-1] if path.startswith(family.base + "/")), FAMILIES[-1]
        )
        models = family.envelope.models(response.status)
        assert response.content_type in models, f"{response.content_type} for {path}"
        models[response.content_type].model_validate_json(unpack(response))
        return
    responses = found[0]["responses"]
    undeclared = {404, 405, 413, 415} if str(response.status) not in responses else set()
    if response.status in undeclared:
        return
    assert str(response.status) in responses, (
        f"{response.status} is not declared for {method} {path}"
    )
    content = responses[str(response.status)].get("content")
    if content:
        assert response.content_type in content, (
            f"{response.content_type} is not declared for {method} {path}"
        )
        schema = content[response.content_type]["schema"]
        text = response.content_type.startswith("text/")
        body = unpack(response)
        shown = body.decode() if text else json.loads(body)
        errors = list(_validator(json.dumps(schema)).iter_errors(shown))
        assert not errors, (
            f"{method} {path} {response.status}: {errors[0].json_path} {errors[0].message}"
        )


def unpack(response: Response) -> bytes:
    """The body, whether it was packed or not."""
    packed = response.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(response.body) if packed else response.body


def new_tenant(world: World) -> Installation:
    """A tenant that no other test knows."""
    made = bootstrap(world, "Test tenant", "Test team", "admin@example.com")
    return Installation(made.tenant, made.team, made.write_key, made.metering_key)


class Client:
    """Talks to all operations of a world, as the holder of a new tenant's write key."""

    def __init__(self, world: World, installed: Installation | None = None) -> None:
        self.world = world
        self.installed = installed or new_tenant(world)
        self.key = self.installed.write_key or ""
        self.dispatch: Dispatcher = Seam(world).dispatcher(table.routers())

    def get(
        self, path: str, query: list[tuple[str, Any]] | dict[str, Any] | None = None, **headers: str
    ) -> Answer:
        """GET with query parameters; a list value repeats its key."""
        return self.send("GET", path, b"", query, headers)

    def post(
        self, path: str, body: Any, query: dict[str, Any] | None = None, **headers: str
    ) -> Answer:
        """POST of JSON, or of bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", path, data, query, headers)

    def post_gzip(self, path: str, body: Any) -> Answer:
        """POST of gzipped JSON."""
        return self.post(path, gzip.compress(json.dumps(body).encode()), content_encoding="gzip")

    def send(
        self, method: str, path: str, data: bytes, query: Any, headers: dict[str, str]
    ) -> Answer:
        """Send, validate, answer. Header names are written with underscores; x_api_key="" leaves
        the key out. JSON is asked for, whatever is sent."""
        pairs = query.items() if isinstance(query, dict) else query or []
        flat = [
            (name, str(each))
            for name, value in pairs
            for each in (value if isinstance(value, list) else [value])
        ]
        given = {"x_api_key": self.key, "content_type": "application/json", **headers}
        given = {name.lower(): value for name, value in given.items()}
        if given.get("accept") in (None, "*/*"):
            given["accept"] = "application/json"
        lowered = {name.replace("_", "-").lower(): value for name, value in given.items() if value}
        response = self.dispatch(Request(method, path, lowered, flat, data, "test-request"))
        validate(method, path, response)
        return Answer(response.status, dict(response.headers), response.body)
