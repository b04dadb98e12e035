"""The OpenAPI 3.1 document, from operation declarations and from nothing else."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from chalicelib.kit.http.bodies import JSON
from chalicelib.kit.http.messages import phrase
from chalicelib.kit.http.operations import Operation

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


def document(operations: Iterable[tuple[str, Operation]], title: str, version: str) -> Json:
    """The document of (tag, operation) pairs, ordered by path and method so that it only changes
    when an operation does."""
    ordered = sorted(operations, key=lambda pair: (pair[1].path, pair[1].method))
    names, components = _schemas([operation for _, operation in ordered])
    paths: Json = {}
    for tag, operation in ordered:
        for path in (operation.shown_path, *operation.aliases):
            suffix = (
                ""
                if path == operation.shown_path
                else f"_alias_{operation.aliases.index(path) + 1}"
            )
            paths.setdefault(path, {})[operation.method.lower()] = _operation_object(
                tag, operation, names, components, suffix
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": _reachable(paths, components), "securitySchemes": _SCHEMES},
    }


def _reachable(paths: Json, components: Json) -> Json:
    """The schemas that the operations lead to. Models of queries are not among them: their members
    are written as parameters."""
    reached: Json = {}
    waiting = _references(paths)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = _join_lines(components[name])
            waiting |= _references(components[name])
    return dict(sorted(reached.items()))


def _join_lines(schema: Json) -> Json:
    """The schema with its description on one line: where the source breaks it is no news to a
    client."""
    if "description" not in schema:
        return schema
    return {**schema, "description": " ".join(schema["description"].split())}


def _references(node: object) -> set[str]:
    """Names of the schemas that a part of the document refers to."""
    text = json.dumps(node)
    return set(re.findall(r'"#/components/schemas/([^"]+)"', text))


Names = Mapping[Any, Json]


def _schemas(operations: Sequence[Operation]) -> tuple[Names, Json]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for operation in operations:
        for status in _error_statuses(operation):
            for model in operation.family.envelope.models(status).values():
                wanted[model, "serialization"] = None
        if operation.query:
            wanted[operation.query, "validation"] = None
        if shape := operation.body or operation.shape:
            wanted[shape, "validation"] = None
        if operation.answer:
            wanted[operation.answer, "serialization"] = None
    names, definitions = models_json_schema(list(wanted), ref_template=_REF)
    return names, definitions.get("$defs", {})


def _error_statuses(operation: Operation) -> list[int]:
    return sorted(
        {*operation.family.errors, *operation.errors, *((409,) if operation.idempotent else ())}
    )


def _operation_object(
    tag: str, operation: Operation, names: Names, components: Json, suffix: str
) -> Json:
    member: Json = {
        "operationId": operation.operation_id + suffix,
        "tags": [tag],
        "summary": operation.summary,
    }
    parameters = _path_parameters(operation) + _query_parameters(operation, names, components)
    parameters += [_IDEMPOTENCY_KEY] if operation.idempotent else []
    if parameters:
        member["parameters"] = parameters
    if operation.media or operation.body:
        member["requestBody"] = _request_body(operation, names)
    member["responses"] = _responses(operation, names)
    member["security"] = _SECURITY if operation.scope else []
    return member


def _request_body(operation: Operation, names: Names) -> Json:
    binary: Json = {"type": "string", "format": "binary"}
    content = {
        kind: {
            "schema": names[model, "validation"]
            if (model := operation.body or (kind == JSON and operation.shape))
            else binary
        }
        for kind in operation.media or (JSON,)
    }
    return {"required": bool(operation.media) and operation.body_required, "content": content}


def _path_parameters(operation: Operation) -> list[Json]:
    segments = [part[1:-1] for part in operation.shown_path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in segments
    ]


def _query_parameters(operation: Operation, names: Names, components: Json) -> list[Json]:
    if operation.query is None:
        return []
    model = components[names[operation.query, "validation"]["$ref"].rpartition("/")[2]]
    required = model.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in model.get("properties", {}).items()
    ]


def _responses(operation: Operation, names: Names) -> Json:
    good: Json = {"description": phrase(operation.status)}
    if operation.answer is not None:
        good["content"] = {"application/json": {"schema": names[operation.answer, "serialization"]}}
        good["content"] |= {kind: {"schema": {"type": "string"}} for kind in operation.also}
    responses = {str(operation.status): good}
    for status in _error_statuses(operation):
        models = operation.family.envelope.models(status).items()
        content = {kind: {"schema": names[model, "serialization"]} for kind, model in models}
        responses[str(status)] = {"description": phrase(status), "content": content}
    return responses
