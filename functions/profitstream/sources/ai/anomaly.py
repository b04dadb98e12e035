"""/profitstream/v2/api/sources/ai/anomaly"""

from typing import Any

from chalicelib.alerts import choices, service
from chalicelib.alerts.choice_schemas import (
    ProviderDimensionList,
    ProviderDimensions,
    ProviderDimensionsQuery,
)
from chalicelib.alerts.reading_schemas import AlertMetricReading
from chalicelib.alerts.schemas import AiAnomalyResource, AiAnomalyResourcePage, AnomalyQuery
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, TeamQuery, sent_members
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets", query=TeamQuery)
Json = dict[str, Any]
_RULES = "/sources/ai/anomaly"
_RULE = _RULES + "/{id}"
_ALL = PLATFORM.base + _RULES


@router.get(_RULES, query=AnomalyQuery, answer=AiAnomalyResourcePage)
def list_ai_anomalies(call: Call[AnomalyQuery, None]) -> Json:
    """Page through alert rules, budgets among them."""
    return service.page(call.world, call.principal, call.query, call.request)


@router.post(_RULES, body=AiAnomalyResource, answer=AiAnomalyResource, errors=(404, 409))
def create_ai_anomaly(call: Call[TeamQuery, AiAnomalyResource]) -> Json:
    """Create an alert rule or a budget. What its window holds already counts."""
    return service.create(call.world, call.principal, sent_members(call.body))


@router.delete(_RULES + "/clear", answer=Deleted, errors=(409,), aliases=(_ALL,))
def clear_all_ai_anomalies(call: Call[TeamQuery, None]) -> Json:
    """Delete every alert rule of the team. What has fired stays readable."""
    return service.clear_all(call.world, call.principal)


@router.get(_RULES + "/provider-dimensions", answer=ProviderDimensions, errors=(503,))
def list_provider_dimensions(call: Call[TeamQuery, None]) -> Json:
    """What rules on providers' bills may name."""
    return choices.describe_provider_dimensions(call.world, call.team)


@router.get(
    _RULES + "/provider-dimensions/{kind}",
    query=ProviderDimensionsQuery,
    answer=ProviderDimensionList,
    errors=(404, 503),
)
def list_provider_dimension(call: Call[ProviderDimensionsQuery, None]) -> Json:
    """What rules on providers' bills may name of one kind: providers, workspaces, api-keys,
    models or metrics."""
    return choices.list_provider_dimensions(call.world, call.team, call.path["kind"], call.query)


@router.get(_RULE, answer=AiAnomalyResource)
def get_ai_anomaly(call: Call[TeamQuery, None]) -> Json:
    """Read one alert rule, and whether it fires."""
    return service.get(call.world, call.principal, call.path["id"])


@router.put(_RULE, body=AiAnomalyResource, answer=AiAnomalyResource)
def update_ai_anomaly(call: Call[TeamQuery, AiAnomalyResource]) -> Json:
    """Replace an alert rule. Switching it off ends what it has fired."""
    members = sent_members(call.body)
    return service.replace(call.world, call.principal, call.path["id"], members)


@router.delete(_RULE, answer=Deleted)
def delete_ai_anomaly(call: Call[TeamQuery, None]) -> Json:
    """Delete an alert rule, and end what it has fired."""
    return service.delete(call.world, call.principal, call.path["id"])


@router.get(_RULE + "/metric", answer=AlertMetricReading, errors=(404, 503))
def get_metric_from_builder(call: Call[TeamQuery, None]) -> Json:
    """Read the value that a rule is evaluated on. Nothing follows from it."""
    return service.read_metric(call.world, call.principal, call.path["id"])


handler = gateway_handler(router)
