"""The wire of the older reports: windows of groups with one metric each."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, Field, RootModel, WithJsonSchema, create_model

from chalicelib.reports.older_declarations import Entity, OlderReport
from chalicelib.resources.schemas import HalLinks, ResourceReference, Wire

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""Decimal inside, a number on the wire."""


class LegacyModelCostTimeMetric(Wire):
    """What a model behind a provider cost (USD), and how long its calls took on the average
    (ms)."""

    model: str | None = None
    metricType: str | None = None
    metricResult: Number | None = None
    timeResult: Number | None = None
    startTimestamp: int | None = None
    endTimestamp: int | None = None
    links: HalLinks | None = Field(None, alias="_links")


class UniqueNames(RootModel[list[str]]):
    """The names that occur, sorted."""


class UniqueKeys(RootModel[list[ResourceReference]]):
    """The credentials that occur, by name."""


class AiDataConnected(Wire):
    """Whether any AI call was ever stored."""

    isConnected: bool
    links: HalLinks | None = Field(None, alias="_links")


def answer_model(older: OlderReport) -> type[BaseModel]:
    """What a report answers: a window, or a list of them."""
    window = _window_model(older.entity)
    if not older.over_time:
        return window
    windows: Any = list[window]  # type: ignore[valid-type] # known at run time only
    return _list_model(f"{window.__name__}List", windows)


@cache
def _list_model(name: str, windows: Any) -> type[BaseModel]:  # noqa: ANN401 - a type
    model: type[BaseModel] = create_model(name, __base__=RootModel[windows])
    model.__doc__ = "Windows, the oldest first."
    return model


@cache
def _window_model(entity: Entity) -> type[BaseModel]:
    """A window of a report on some entity. Times are UTC: ISO 8601 of models, epoch milliseconds of
    all others."""
    prefix = f"Legacy{entity.word.capitalize()}Metric"
    times: dict[str, Any] = dict.fromkeys(
        ("startTimestamp", "endTimestamp"), (datetime if entity.is_iso else int, ...)
    )
    metric = _make(prefix, "One figure of a group.", _metric_members(entity) | times)
    groups: Any = list[metric]  # type: ignore[valid-type] # known at run time only
    group = _make(f"{prefix}Group", "A group.", {"groupName": (str, ...), "metrics": (groups, ...)})
    members: dict[str, Any] = {**times, "groups": (list[group], ...)}  # type: ignore[valid-type]
    if entity.averages:
        members["totalAverage"] = (Number | None, None)
    return _make(f"{prefix}Window", "The groups of a window of time.", members)


def _metric_members(entity: Entity) -> dict[str, Any]:
    members: dict[str, Any] = {entity.member: (str, ...)}
    if entity.identity:
        members[entity.identity] = (str, ...)
    if entity.by_models:
        members["aggregatedModelAIMetrics"] = (list[LegacyModelCostTimeMetric], ...)
    return members | {
        "metricType": (str, ...),
        "metricResult": (Number, ...),
        "unpricedCount": (int | None, None),
        "links": (HalLinks | None, Field(None, alias="_links")),
    }


def _make(name: str, doc: str, members: Mapping[str, Any]) -> type[BaseModel]:
    return create_model(name, __base__=Wire, __doc__=doc, **members)
