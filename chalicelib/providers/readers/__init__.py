"""Readers: one module a provider, which declares how its bill is read."""

from chalicelib.providers.readers import anthropic, copilot, cursor, litellm, openai, openrouter
from chalicelib.providers.readers.reader import Reader
from chalicelib.providers.vocabulary import BillingProvider

READERS: dict[BillingProvider, Reader] = {
    module.READER.provider: module.READER
    for module in (anthropic, openai, openrouter, litellm, cursor, copilot)
}
"""The providers whose bills are read over the network; those of AWS, Azure and Google come as FOCUS
files."""
