"""The schemas of the OpenAPI document: those of the models that operations name."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from chalicelib.kit.http.operations import Operation

Json = dict[str, Any]
Names = Mapping[Any, Json]
"""Where the schema of a model stands, by model and mode."""
_REF = "#/components/schemas/{model}"


def reachable_schemas(paths: Json, components: Json) -> Json:
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


def build_schemas(operations: Sequence[Operation]) -> tuple[Names, Json]:
    """The schemas of all models that operations name, and where each stands."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for operation in operations:
        for status in error_statuses(operation):
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


def error_statuses(operation: Operation) -> list[int]:
    """The statuses other than the good one that an operation may answer."""
    return sorted(
        {*operation.family.errors, *operation.errors, *((409,) if operation.idempotent else ())}
    )
