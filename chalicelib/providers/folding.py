"""Folding: whose bill a metered call is on, and what model it is on it."""

from collections.abc import Mapping
from functools import lru_cache

from chalicelib.pricing.book import book
from chalicelib.pricing.labels import fold_forms
from chalicelib.providers.vocabulary import BillingProvider

_BILLED_BY: Mapping[str, BillingProvider] = {
    "anthropic": BillingProvider.ANTHROPIC,
    "openai": BillingProvider.OPENAI,
    "azure": BillingProvider.AZURE,
    "aws": BillingProvider.BEDROCK,
    "google": BillingProvider.VERTEX,
    "openrouter": BillingProvider.OPENROUTER,
    "litellm": BillingProvider.LITELLM,
    "runway": BillingProvider.RUNWAY,
    "runwayml": BillingProvider.RUNWAY,
    "fal": BillingProvider.FAL,
    "falai": BillingProvider.FAL,
    "cursor": BillingProvider.CURSOR,
    "cursoride": BillingProvider.CURSOR,
    "github-copilot": BillingProvider.GITHUB_COPILOT,
    "githubcopilot": BillingProvider.GITHUB_COPILOT,
}
"""Who bills, by a vendor of the price list or by a folded label that the list does not know."""
_LISTED_UNDER: Mapping[str, str] = {
    BillingProvider.BEDROCK: "aws",
    BillingProvider.VERTEX: "google",
    BillingProvider.ANTHROPIC_ENTERPRISE: "anthropic",
    BillingProvider.GITHUB_COPILOT: "github-copilot",
}


@lru_cache(maxsize=4_096)
def billing_provider(label: str) -> str:
    """Who bills a call whose provider is written so: a BillingProvider, or the folded label of
    somebody whose bills nobody reads."""
    *_, folded = fold_forms(label)
    vendor = book().vendor(label) or folded
    return _BILLED_BY.get(vendor) or _BILLED_BY.get(folded) or vendor


@lru_cache(maxsize=16_384)
def model_name(provider: str, model: str) -> str:
    """The name of a model in the price list of whoever bills it; where that has none, as it was
    written, in lower case."""
    found = book().find(list_vendor(provider), model)
    return found[1] if found else model.strip().lower()


def list_vendor(provider: str) -> str:
    """The name that the price list has for a billing provider."""
    return _LISTED_UNDER.get(provider, provider)
