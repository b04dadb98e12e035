"""The OpenAPI 3.1 document, from operation declarations and from nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.kit.http.bodies import JSON
from chalicelib.kit.http.messages import phrase
from chalicelib.kit.http.openapi_schemas import (
    Json,
    Names,
    build_schemas,
    error_statuses,
    reachable_schemas,
)
from chalicelib.kit.http.operations import Operation

_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry safe for 24 hours; printable ASCII.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]{1,255}$"},
}
_ID_FORMAT = "hashid"
"""Of a text that only we can make: see chalicelib.kit.ids."""
_SECURITY: list[Json] = [{"ApiKeyHeader": []}, {"BearerKey": []}]
_SCHEMES = {
    "ApiKeyHeader": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "BearerKey": {"type": "http", "scheme": "bearer"},
}


def document(operations: Iterable[tuple[str, Operation]], title: str, version: str) -> Json:
    """The document of (tag, operation) pairs, ordered by path and method so that it only changes
    when an operation does."""
    ordered = sorted(operations, key=lambda pair: (pair[1].path, pair[1].method))
    names, components = build_schemas([operation for _, operation in ordered])
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
        "components": {
            "schemas": reachable_schemas(paths, components),
            "securitySchemes": _SCHEMES,
        },
    }


def describe_tags(described: Json, tags: Mapping[str, str]) -> None:
    """Say in the document what each tag that it uses is about. Raises KeyError for one that has no
    words."""
    operations = (item for path in described["paths"].values() for item in path.values())
    used = {tag for operation in operations for tag in operation["tags"]}
    described["tags"] = [{"name": tag, "description": tags[tag]} for tag in sorted(used)]


def add_examples(
    described: Json, operations: Iterable[Operation], examples: Mapping[str, Any]
) -> None:
    """Show an example beside each JSON body, by the name of its model. Raises KeyError for a model
    that has none."""
    for operation in operations:
        if operation.body is None or JSON not in operation.media:
            continue
        for path in (operation.shown_path, *operation.aliases):
            body = described["paths"][path][operation.method.lower()]["requestBody"]
            body["content"][JSON]["example"] = examples[operation.body.__name__]


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
    parameters: list[Json] = []
    for name in segments:
        schema = {"type": "string"}
        if name in operation.family.ids:
            schema = _describe_ids(schema)
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    return parameters


def _describe_ids(schema: Json) -> Json:
    """The schema of a parameter that holds an id, none, or several."""
    if schema.get("type") == "string":
        return schema | {"format": _ID_FORMAT}
    described = dict(schema)
    if "items" in schema:
        described["items"] = _describe_ids(schema["items"])
    if "anyOf" in schema:
        described["anyOf"] = [_describe_ids(choice) for choice in schema["anyOf"]]
    return described


def _query_parameters(operation: Operation, names: Names, components: Json) -> list[Json]:
    if operation.query is None:
        return []
    model = components[names[operation.query, "validation"]["$ref"].rpartition("/")[2]]
    required = model.get("required", ())
    parameters: list[Json] = []
    for name, schema in model.get("properties", {}).items():
        if name in operation.family.ids:
            schema = _describe_ids(schema)
        parameters.append(
            {"name": name, "in": "query", "required": name in required, "schema": schema}
        )
    return parameters


def _responses(operation: Operation, names: Names) -> Json:
    good: Json = {"description": phrase(operation.status)}
    if operation.answer is not None:
        good["content"] = {"application/json": {"schema": names[operation.answer, "serialization"]}}
        good["content"] |= {kind: {"schema": {"type": "string"}} for kind in operation.also}
    responses = {str(operation.status): good}
    for status in operation.further:
        responses[str(status)] = good | {"description": phrase(status)}
    for status in operation.bare:
        responses[str(status)] = {"description": phrase(status)}
    for status in error_statuses(operation):
        models = operation.family.envelope.models(status).items()
        content = {kind: {"schema": names[model, "serialization"]} for kind, model in models}
        responses[str(status)] = {"description": phrase(status), "content": content}
    return responses
