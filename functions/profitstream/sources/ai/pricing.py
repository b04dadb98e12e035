"""/profitstream/v2/api/sources/ai/models/{id}/pricing: the price dimensions of a model."""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.models.dimensions import Dimensions
from chalicelib.models.preview_schemas import DimensionPreviewQuery, PricePreview
from chalicelib.models.previews import preview_dimension
from chalicelib.models.schemas import (
    AiModelPricing,
    AiModelPricingCoverage,
    PricingDimensionResource,
    PricingDimensions,
)
from chalicelib.models.service import Models
from chalicelib.resources.schemas import Deleted, TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "models_pricing", query=TeamQuery)
Json = dict[str, Any]
_PRICING = "/sources/ai/models/{id}/pricing"


def _dimensions(call: Call[Any, Any]) -> Dimensions:
    return Dimensions(Models(call.world, call.principal), call.path["id"])


@router.get(_PRICING, answer=AiModelPricing)
def get_ai_model_pricing(call: Call[TeamQuery, None]) -> Json:
    """All price dimensions of a model."""
    return _dimensions(call).list_all()


@router.get(f"{_PRICING}/coverage", answer=AiModelPricingCoverage)
def get_pricing_coverage(call: Call[TeamQuery, None]) -> Json:
    """Which billing units are priced."""
    return _dimensions(call).coverage()


@router.post(
    f"{_PRICING}/dimensions", body=PricingDimensionResource, answer=PricingDimensionResource
)
def create_pricing_dimension(call: Call[TeamQuery, PricingDimensionResource]) -> Json:
    """Add a price dimension."""
    return _dimensions(call).add(call.body)


@router.post(
    f"{_PRICING}/dimensions/preview",
    scope="read",
    query=DimensionPreviewQuery,
    body=PricingDimensionResource,
    answer=PricePreview,
    errors=(404, 409, 503),
)
def preview_pricing_dimension(
    call: Call[DimensionPreviewQuery, PricingDimensionResource],
) -> Json:
    """Tell what a price dimension would change in past days. Nothing is made. Ours, not the
    contract's."""
    models, model_id, query = Models(call.world, call.principal), call.path["id"], call.query
    return preview_dimension(models, model_id, call.body, query.days, always=query.always)


@router.put(f"{_PRICING}/dimensions", body=PricingDimensions, answer=PricingDimensions)
def batch_save_pricing_dimensions(call: Call[TeamQuery, PricingDimensions]) -> list[Json]:
    """Replace all price dimensions."""
    return _dimensions(call).save_all(call.body.root)


@router.put(
    f"{_PRICING}/dimensions/{{dimensionId}}",
    body=PricingDimensionResource,
    answer=PricingDimensionResource,
)
def update_pricing_dimension(call: Call[TeamQuery, PricingDimensionResource]) -> Json:
    """Replace one price dimension."""
    return _dimensions(call).replace(call.path["dimensionId"], call.body)


@router.delete(f"{_PRICING}/dimensions/{{dimensionId}}", answer=Deleted)
def delete_pricing_dimension(call: Call[TeamQuery, None]) -> Json:
    """Delete one price dimension."""
    return _dimensions(call).remove(call.path["dimensionId"])


handler = gateway_handler(router)
