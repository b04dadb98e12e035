"""Batches and other tiers: what a call costs that was not served in the standard way, where the
price book has no price of its own for it.

The book lists prices of tiers by model since October 2026, and those go first: they know, for
example, that Groq's cache reads are not discounted. For other models the vendor's published
discount on batches holds; a vendor that is not here sells none that anybody could price, and no
other tier has a price that is not listed: such calls are unpriced, never at the standard price.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_start

BATCH = ("processing", "batch")
Property = tuple[str, str]
"""A property of a request that selects other prices: its name and its value."""


@dataclass(frozen=True, slots=True)
class Discount:
    """What a vendor grants on batches."""

    percent: int
    """Of the standard price."""
    includes_reads: bool
    """Whether tokens read from the cache are discounted too."""


DISCOUNTS: Mapping[str, Discount] = {
    "anthropic": Discount(50, includes_reads=True),
    "aws": Discount(50, includes_reads=False),
    "azure": Discount(50, includes_reads=False),
    "google": Discount(50, includes_reads=False),
    "groq": Discount(50, includes_reads=False),
    "mistral": Discount(50, includes_reads=True),
    "openai": Discount(50, includes_reads=False),
}
"""By vendor id of the price book.

Sources: OpenAI "Batch API" guide (50 % lower costs; its price list has cached input in batches for
newer models alone, and these are listed in the book); Anthropic "Batch processing" (50 % of
standard prices, stacks with caching); Google "Batch Mode" of the Gemini API (50 % of the standard
cost; context caching at its usual price for models before 3.1); Azure OpenAI "Global batch" (50 %
less than global standard); Groq "Batch processing" (50 % lower, no further discount on cached
tokens); Mistral "Batch inference" (50 % discount, cached input listed at half); Amazon Bedrock
pricing (selected models at 50 % of on-demand; batches do not read caches).
"""

_BEGAN = {
    ("openai", BATCH): "2024-04-15",
    ("openai", ("service_tier", "flex")): "2025-04-17",
    ("anthropic", BATCH): "2024-10-08",
    ("google", BATCH): "2025-07-07",
}
"""When a vendor began to sell a tier, UTC day: help.openai.com/en/articles/9197833-batch-api-faq;
techcrunch.com/2025/04/17/openai-launches-flex-processing-for-cheaper-slower-ai-tasks;
anthropic.com/news/message-batches-api;
developers.googleblog.com/en/scale-your-ai-workloads-batch-mode-gemini-api."""
_FIRST_DAYS = {key: day_start(day) // DAY for key, day in _BEGAN.items()}


def has_begun(vendor: str, tier: Property, day: int) -> bool:
    """Whether a vendor sold a tier on a UTC day (days since 1970); true where nobody knows since
    when it does."""
    return day >= _FIRST_DAYS.get((vendor, tier), 0)


def discount_of(vendor: str, day: int) -> Discount | None:
    """What a batch call pays on a UTC day (days since 1970); None where the vendor sells none."""
    return DISCOUNTS.get(vendor) if has_begun(vendor, BATCH, day) else None


def percent_of(vendor: str, day: int) -> int | None:
    """Percent of the standard price that a batch call pays; None where the vendor sells none."""
    discount = discount_of(vendor, day)
    return discount.percent if discount else None
