"""Limiters: one module a provider, which declares how its own spend limits are read and written."""

from chalicelib.providers.limiters import anthropic, openai, openrouter
from chalicelib.providers.limiters.limiter import Limiter
from chalicelib.providers.vocabulary import BillingProvider

LIMITERS: dict[BillingProvider, Limiter] = {
    module.LIMITER.provider: module.LIMITER for module in (anthropic, openai, openrouter)
}
