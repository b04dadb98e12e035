"""Chart definitions: the records, and what clients mean by their two names for everything."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from chalicelib.charts.data_schemas import ChartDataRequest
from chalicelib.charts.schemas import ChartConfiguration, ChartDefinitionResource
from chalicelib.charts.vocabulary import ChartType
from chalicelib.identity.records import Principal
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.validation import faults_of
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.errors import UndecodableId
from chalicelib.resources.resource import Resource
from chalicelib.resources.revisions import name_author
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/reports/chart-definitions"
Json = dict[str, Any]


def _apply_rules(store: Store, doc: Json, before: Record | None) -> Json:
    """A label or a type that a client has changed while the name and the configuration are as they
    were is what it means. Raises Invalid."""
    former: Mapping[str, Any] = before.doc if before else {}
    label, kind = doc.pop("label", None), doc.pop("type", None)
    if before and label and label != former["name"] and doc["name"] == former["name"]:
        doc["name"] = label
    stored = former.get("configuration", {}).get("chartType")
    if before and kind and doc["configuration"]["chartType"] == stored:
        doc["configuration"] = {**doc["configuration"], "chartType": _type_of(kind)}
    author = name_author(store.world, store.principal)
    doc["createdBy"] = former.get("createdBy") or author
    return doc


def _type_of(text: str) -> str:
    """The chart type of its name in a record: DUAL_AXIS is dual-axis."""
    wanted = text.strip().lower().replace("_", "-")
    if wanted not in list(ChartType):
        raise Invalid(f"type: one of {', '.join(map(_name_of, ChartType))}", field="type")
    return wanted


def _name_of(kind: str) -> str:
    return kind.upper().replace("-", "_")


def _present(_store: Store, _record: Record, row: Json) -> Json:
    return {**row, "type": _name_of(row["configuration"]["chartType"])}


CHARTS = Resource(
    kind="CHART_DEFINITION",
    name="Chart",
    resource_type="chart_definition",
    path=PATH,
    embedded="chartDefinitionResourceList",
    model=ChartDefinitionResource,
    apply_rules=_apply_rules,
    present=_present,
)


def read_configuration(
    world: World, principal: Principal, request: ChartDataRequest
) -> ChartConfiguration:
    """What a request asks to be drawn. Raises Invalid, UndecodableId, UnknownRecord."""
    if request.configuration is not None:
        return request.configuration
    if not request.chartDefinitionId:
        raise Invalid("configuration: name it, or chartDefinitionId", field="configuration")
    try:
        record = Store(world, principal, CHARTS).get(request.chartDefinitionId)
    except UndecodableId as error:
        raise UndecodableId(request.chartDefinitionId, "chartDefinitionId") from error
    try:
        return ChartConfiguration.model_validate(record.doc["configuration"])
    except ValidationError as error:
        faults = faults_of(error)
        told = f"the saved chart cannot be drawn: {faults[0].field}: {faults[0].message}"
        raise Invalid(f"chartDefinitionId: {told}", faults=faults) from error
