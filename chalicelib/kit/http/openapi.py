"""The OpenAPI 3.1 document, from door declarations and from nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from chalicelib.kit.http.bodies import JSON
from chalicelib.kit.http.doors import Door
from chalicelib.kit.http.messages import phrase

_REF = "#/components/schemas/{model}"
Json = dict[str, Any]
_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry safe for 24 hours; printable ASCII.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]{1,255}$"},
}
_SECURITY: list[Json] = [{"ApiKeyHeader": []}, {"BearerKey": []}]
_SCHEMES = {
    "ApiKeyHeader": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "BearerKey": {"type": "http", "scheme": "bearer"},
}


def document(doors: Iterable[tuple[str, Door]], title: str, version: str) -> Json:
    """The document of (tag, door) pairs, ordered by path and method so that it only changes when a
    door does."""
    ordered = sorted(doors, key=lambda pair: (pair[1].path, pair[1].method))
    names, components = _schemas([door for _, door in ordered])
    paths: Json = {}
    for tag, door in ordered:
        for path in (door.shown_path, *door.aliases):
            suffix = "" if path == door.shown_path else f"_alias_{door.aliases.index(path) + 1}"
            paths.setdefault(path, {})[door.method.lower()] = _operation(
                tag, door, names, components, suffix
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }


Names = Mapping[Any, Json]


def _schemas(doors: Sequence[Door]) -> tuple[Names, Json]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for door in doors:
        for status in _error_statuses(door):
            for model in door.family.envelope.models(status).values():
                wanted[model, "serialization"] = None
        if door.query:
            wanted[door.query, "validation"] = None
        if shape := door.body or door.shape:
            wanted[shape, "validation"] = None
        if door.answer:
            wanted[door.answer, "serialization"] = None
    names, definitions = models_json_schema(list(wanted), ref_template=_REF)
    return names, definitions.get("$defs", {})


def _error_statuses(door: Door) -> list[int]:
    return sorted({*door.family.errors, *door.errors, *((409,) if door.idempotent else ())})


def _operation(tag: str, door: Door, names: Names, components: Json, suffix: str) -> Json:
    operation: Json = {
        "operationId": door.operation_id + suffix,
        "tags": [tag],
        "summary": door.summary,
    }
    parameters = _path_parameters(door) + _query_parameters(door, names, components)
    parameters += [_IDEMPOTENCY_KEY] if door.idempotent else []
    if parameters:
        operation["parameters"] = parameters
    if door.media or door.body:
        operation["requestBody"] = _request_body(door, names)
    operation["responses"] = _responses(door, names)
    operation["security"] = _SECURITY if door.scope else []
    return operation


def _request_body(door: Door, names: Names) -> Json:
    binary: Json = {"type": "string", "format": "binary"}
    content = {
        kind: {
            "schema": names[model, "validation"]
            if (model := door.body or (kind == JSON and door.shape))
            else binary
        }
        for kind in door.media or (JSON,)
    }
    return {"required": bool(door.media) and door.body_required, "content": content}


def _path_parameters(door: Door) -> list[Json]:
    segments = [part[1:-1] for part in door.shown_path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in segments
    ]


def _query_parameters(door: Door, names: Names, components: Json) -> list[Json]:
    if door.query is None:
        return []
    model = components[names[door.query, "validation"]["$ref"].rpartition("/")[2]]
    required = model.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in model.get("properties", {}).items()
    ]


def _responses(door: Door, names: Names) -> Json:
    good: Json = {"description": phrase(door.status)}
    if door.answer is not None:
        good["content"] = {"application/json": {"schema": names[door.answer, "serialization"]}}
        good["content"] |= {kind: {"schema": {"type": "string"}} for kind in door.also}
    return {str(door.status): good} | {
        str(status): {
            "description": phrase(status),
            "content": {
                kind: {"schema": names[model, "serialization"]}
                for kind, model in door.family.envelope.models(status).items()
            },
        }
        for status in _error_statuses(door)
    }
