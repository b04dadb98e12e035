"""Batches: what a call through a vendor's batch interface costs, where the price book has no batch
price of its own.

The book lists batch prices by model since October 2026, and those go first: they know, for example,
that Gemini's cache reads and Groq's are not discounted. For other models and for earlier days the
vendor's published discount holds.
"""

PERCENT = {
    "anthropic": 50,
    "aws": 50,
    "azure": 50,
    "google": 50,
    "groq": 50,
    "mistral": 50,
    "openai": 50,
}
"""Percent of the standard price, by vendor id of the price book; vendors that are not here grant
nothing.

Sources: OpenAI "Batch API" guide (50 % lower costs); Anthropic "Batch processing" (50 % of standard
prices, stacks with caching); Google "Batch Mode" of the Gemini API (50 % of the standard cost);
Azure OpenAI "Global batch" (50 % less than global standard); Groq "Batch processing" (50 % lower);
Mistral "Batch inference" (50 % discount); Amazon Bedrock pricing (selected models at 50 % of
on-demand).
"""


def percent_of(vendor: str) -> int:
    """Percent of the standard price that a batch call pays: 100 without a discount."""
    return PERCENT.get(vendor, 100)
