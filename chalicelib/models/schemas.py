"""The wire of models, their prices and price dimensions."""

import json
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from chalicelib.kit.jsontext import pack
from chalicelib.resources.schemas import (
    READ_ONLY,
    HalLinks,
    Members,
    PageQuery,
    RecordMembers,
    ResourceReference,
    TeamQuery,
    Wire,
    build_page_model,
)

_DIGITS = 15
"""Significant digits that a JSON number surely keeps on its way through a float."""
_TOKEN_PLACES, _UNIT_PLACES = 10, 15
"""Decimal places: prices are stored as whole nano-USD a million units, which is 15; a token's are
held to 10."""
_MOST = 1_000_000
"""USD a token or unit."""
MOST_DIMENSIONS = 200
"""Of one model: they are stored together."""


def _price(value: Decimal, places: int) -> Decimal:
    parts = value.normalize().as_tuple()
    exponent = int(parts.exponent)
    if value < 0:
        raise ValueError("a price cannot be negative")
    if -exponent > places:
        raise ValueError(f"a price has at most {places} decimal places")
    if value > _MOST or len(parts.digits) > _DIGITS:
        raise ValueError(
            f"a price is at most {_MOST} USD and has at most {_DIGITS} significant digits"
        )
    return value


_NUMBER = WithJsonSchema({"type": "number", "minimum": 0})
TokenPrice = Annotated[Decimal, AfterValidator(lambda value: _price(value, _TOKEN_PLACES)), _NUMBER]
"""USD a token."""
UnitCost = Annotated[Decimal, AfterValidator(lambda value: _price(value, _UNIT_PLACES)), _NUMBER]
"""USD a billing unit."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class BillingUnit(StrEnum):
    """What one unit of a price is."""

    PER_TOKEN = "PER_TOKEN"  # noqa: S105 - no password
    PER_IMAGE = "PER_IMAGE"
    PER_SECOND = "PER_SECOND"
    PER_MINUTE = "PER_MINUTE"
    PER_CHARACTER = "PER_CHARACTER"
    CREDITS = "CREDITS"
    PER_HOUR = "PER_HOUR"
    PER_MEGAPIXEL = "PER_MEGAPIXEL"
    PER_MEGABYTE = "PER_MEGABYTE"
    PER_CALL = "PER_CALL"


class Modality(StrEnum):
    """What is made or read."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    AUDIO = "AUDIO"
    VIDEO = "VIDEO"


class Direction(StrEnum):
    """Whether it goes in or comes out."""

    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    BIDIRECTIONAL = "BIDIRECTIONAL"


class CostType(StrEnum):
    """Cost classes of the analytics."""

    AI = "AI"
    TEXT_TOKEN_INPUT = "TEXT_TOKEN_INPUT"  # noqa: S105 - no password
    TEXT_TOKEN_OUTPUT = "TEXT_TOKEN_OUTPUT"  # noqa: S105 - no password
    TEXT_TOKEN_CACHE_CREATION = "TEXT_TOKEN_CACHE_CREATION"  # noqa: S105 - no password
    TEXT_TOKEN_CACHE_READ = "TEXT_TOKEN_CACHE_READ"  # noqa: S105 - no password
    IMAGE_GENERATION = "IMAGE_GENERATION"
    AUDIO_TRANSCRIPTION = "AUDIO_TRANSCRIPTION"
    AUDIO_GENERATION = "AUDIO_GENERATION"
    VIDEO_GENERATION = "VIDEO_GENERATION"
    CREDITS = "CREDITS"


def _attributes(value: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    """JSON text of an object; an object becomes one."""
    if isinstance(value, dict):
        return pack(value)
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            parsed = json.loads(value)
        except ValueError as error:
            raise ValueError("not a JSON text") from error
        if not isinstance(parsed, dict):
            raise ValueError("not the JSON text of an object")
    return value


Attributes = Annotated[
    str,
    StringConstraints(max_length=2_000),
    WithJsonSchema(
        {
            "type": "string",
            "description": "JSON text with further conditions; an object is accepted",
        }
    ),
]


class PricingDimensionResource(Members):
    """The price of one kind of usage of a model."""

    id: str | None = Field(None, description="tells entries of a batch apart; ignored elsewhere")
    billingUnit: BillingUnit
    modality: Modality
    costType: CostType
    direction: Direction | None = None
    operationSubtype: Annotated[str, StringConstraints(max_length=255)] | None = None
    unitPrice: UnitCost
    attributes: Annotated[Attributes | None, BeforeValidator(_attributes)] = None
    tenantCreditRate: UnitCost | None = Field(None, description="USD a credit, with CREDITS only")
    isGlobal: Annotated[bool | None, READ_ONLY] = None
    name: Annotated[str | None, READ_ONLY] = None
    dimensionType: Annotated[str | None, READ_ONLY] = None

    @field_validator("tenantCreditRate")
    @classmethod
    def _only_of_credits(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        if (
            value is not None
            and info.data.get("billingUnit", BillingUnit.CREDITS) != BillingUnit.CREDITS
        ):
            raise ValueError("only a price of CREDITS has a tenantCreditRate")
        return value


class PricingDimensions(
    RootModel[Annotated[list[PricingDimensionResource], Field(max_length=MOST_DIMENSIONS)]]
):
    """All own dimensions of a model."""

    model_config = ConfigDict(defer_build=True)


class AiModelPricePatch(Wire):
    """Token prices, USD a token; what is null or absent stays."""

    inputCostPerToken: TokenPrice | None = None
    outputCostPerToken: TokenPrice | None = None
    cacheReadCostPerInputToken: TokenPrice | None = None
    cacheCreationCostPerInputToken: TokenPrice | None = Field(
        None, description="to live for 5 minutes"
    )
    cacheCreation1hrCostPerInputToken: TokenPrice | None = Field(
        None, description="to live for an hour"
    )


class AiModelResource(RecordMembers):
    """A model that a team brings, with its prices in USD a token. An absent cache price is unknown,
    0 is free."""

    name: Name = Field(description="as metered")
    provider: Name
    mode: Annotated[str, StringConstraints(max_length=64)] | None = None
    inputCostPerToken: TokenPrice
    outputCostPerToken: TokenPrice
    cacheReadCostPerInputToken: TokenPrice | None = None
    cacheCreationCostPerInputToken: TokenPrice | None = Field(
        None, description="to live for 5 minutes"
    )
    cacheCreation1hrCostPerInputToken: TokenPrice | None = Field(
        None, description="to live for an hour"
    )
    supportFunctionCalling: bool | None = None
    supportsParallelFunctionCalling: bool | None = None
    supportsPromptCaching: bool | None = None
    supportsResponseSchema: bool | None = None
    supportsSystemMessages: bool | None = None
    supportsToolChoice: bool | None = None
    supportsVision: bool | None = None
    supportsWebSearch: bool | None = None
    teamId: str | None = None
    pricingDimensions: Annotated[Sequence[PricingDimensionResource], READ_ONLY] = ()
    priceOverridden: Annotated[bool | None, READ_ONLY] = None
    priceOverrideReason: Annotated[str | None, READ_ONLY] = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None


class AiModel(AiModelResource):
    """A model as it is shown. Of a list price that is not known there is null: never 0, which is
    free."""

    # Shown where they are not known, never written.
    inputCostPerToken: TokenPrice | None  # type: ignore[assignment]
    outputCostPerToken: TokenPrice | None  # type: ignore[assignment]


AiModelPage = build_page_model("AiModelPage", "aIModelResourceList", AiModel)


class AiModelRate(Wire):
    """What a model costs, USD a million tokens."""

    model: str
    provider: str
    inputPricePerMillion: Annotated[Decimal, _NUMBER]
    outputPricePerMillion: Annotated[Decimal, _NUMBER]
    cacheReadPricePerMillion: Annotated[Decimal, _NUMBER] | None = None
    cacheWritePricePerMillion: Annotated[Decimal, _NUMBER] | None = Field(
        None, description="to live for 5 minutes"
    )


class AiModelRates(Wire):
    """Rates of every usable model."""

    models: list[AiModelRate]


class AiModelPricing(Wire):
    """List prices and the team's own."""

    modelId: str
    dimensions: list[PricingDimensionResource]
    links: HalLinks | None = Field(None, alias="_links")


class AiModelPricingCoverage(Wire):
    """Which billing units have a price."""

    hasTokenPricing: bool
    hasImagePricing: bool
    hasAudioPricing: bool
    hasVideoPricing: bool
    hasCharacterPricing: bool
    hasCreditsPricing: bool
    links: HalLinks | None = Field(None, alias="_links")


class Providers(RootModel[list[str]]):
    """Names of providers, sorted."""

    model_config = ConfigDict(defer_build=True)


class ModelType(StrEnum):
    """Whose catalogue a model stands in."""

    GLOBAL = "GLOBAL"
    CUSTOM = "CUSTOM"


class ProvidersQuery(TeamQuery):
    """What the list of providers may be asked."""

    modelType: ModelType | None = None


class ModelQuery(PageQuery):
    """What the list of models may be asked."""

    query: str | None = Field(None, description="found in the name or the provider")
    modelType: ModelType | None = None
    provider: str | None = Field(None, description="whole, whatever the case")
    mode: str | None = Field(None, description="whole")
    exactMatch: bool = Field(False, description="query is the whole name")
