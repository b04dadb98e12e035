"""/profitstream/v2/api/sources/ai/models: the models that a team can use, and their token
prices."""

from typing import Any, NoReturn

from chalicelib.kit.errors import MethodNotAllowed
from chalicelib.kit.http.operations import Router
from chalicelib.models.clone import clone
from chalicelib.models.overview import providers, rates
from chalicelib.models.preview_schemas import PreviewQuery, PricePreview
from chalicelib.models.previews import preview_model
from chalicelib.models.schemas import (
    AiModel,
    AiModelPage,
    AiModelPricePatch,
    AiModelRates,
    AiModelResource,
    ModelQuery,
    Providers,
    ProvidersQuery,
)
from chalicelib.models.service import Models
from chalicelib.resources.schemas import Deleted, PageQuery, RevisionPage, TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "models_pricing", query=TeamQuery)
Json = dict[str, Any]
_MODELS = "/sources/ai/models"


class ReplaceUnsupported(MethodNotAllowed):
    """A model is never replaced as a whole (405)."""

    allow = ("GET", "PATCH", "DELETE")


def _models(call: Call[Any, Any]) -> Models:
    return Models(call.world, call.principal)


@router.get(_MODELS, query=ModelQuery, answer=AiModelPage)
def list_ai_models(call: Call[ModelQuery, None]) -> Json:
    """Page through the models a team can use."""
    return _models(call).page(call.query, call.request)


@router.post(_MODELS, body=AiModelResource, answer=AiModel, errors=(409,))
def create_ai_model(call: Call[TeamQuery, AiModelResource]) -> Json:
    """Create a custom model."""
    models = _models(call)
    return models.row(models.create(call.body))


@router.post(
    f"{_MODELS}/preview",
    scope="read",
    query=PreviewQuery,
    body=AiModelResource,
    answer=PricePreview,
    errors=(409, 503),
)
def preview_ai_model(call: Call[PreviewQuery, AiModelResource]) -> Json:
    """Tell what a custom model with these prices would change in past days. Nothing is made. Ours,
    not the contract's."""
    return preview_model(_models(call), call.body, call.query.days)


@router.get(f"{_MODELS}/rates", answer=AiModelRates)
def get_ai_model_rates(call: Call[TeamQuery, None]) -> Json:
    """Token prices per million of every usable model."""
    return {"models": rates(_models(call))}


@router.get(f"{_MODELS}/providers", query=ProvidersQuery, answer=Providers)
def list_ai_model_providers(call: Call[ProvidersQuery, None]) -> list[str]:
    """Names of the providers of usable models, sorted."""
    return providers(_models(call), call.query.modelType)


@router.get(f"{_MODELS}/name/{{name+}}", answer=AiModel)
def get_ai_model_by_name(call: Call[TeamQuery, None]) -> Json:
    """Look a model up by exact name."""
    models = _models(call)
    return models.row(models.by_name(call.path["name"]))


@router.get(f"{_MODELS}/{{id}}", answer=AiModel)
def get_ai_model(call: Call[TeamQuery, None]) -> Json:
    """Read one model."""
    models = _models(call)
    return models.row(models.get(call.path["id"]))


@router.patch(f"{_MODELS}/{{id}}", body=AiModelPricePatch, answer=AiModel)
def patch_ai_model_pricing(call: Call[TeamQuery, AiModelPricePatch]) -> Json:
    """Change token prices of a custom model."""
    models = _models(call)
    return models.row(models.patch(models.get(call.path["id"]), call.body))


@router.put(f"{_MODELS}/{{id}}", body=AiModelResource, media=(), errors=(405,))
def update_ai_model(call: Call[TeamQuery, None]) -> NoReturn:
    """Unsupported replacement."""
    raise ReplaceUnsupported("a model is not replaced: change its prices with PATCH")


@router.delete(f"{_MODELS}/{{id}}", answer=Deleted)
def delete_ai_model(call: Call[TeamQuery, None]) -> Json:
    """Delete a custom model."""
    models = _models(call)
    return models.delete(models.get(call.path["id"]))


@router.get(f"{_MODELS}/{{id}}/revisions", query=PageQuery, answer=RevisionPage)
def get_ai_model_audit_history(call: Call[PageQuery, None]) -> Json:
    """Change log of a custom model."""
    return _models(call).history(call.path["id"], call.query, call.request)


@router.post(f"{_MODELS}/{{id}}/clone", body=AiModelPricePatch, body_required=False, answer=AiModel)
def clone_ai_model(call: Call[TeamQuery, AiModelPricePatch | None]) -> Json:
    """Copy a global model for the team."""
    models = _models(call)
    return models.row(clone(models, call.path["id"], call.body))


handler = gateway_handler(router)
