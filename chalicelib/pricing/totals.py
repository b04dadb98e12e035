"""Totals: tokens that a call's total says and its parts do not.

A total is the input and the output, by every vendor's own definition. What it has beyond the parts
is charged only where it is certain what it is:

| the parts | the rest of the total |
|---|---|
| reasoning tokens, just as many | was counted beside the output, and is output |
| no input, but output | is the input |
| input, but no output | is the output, of a model that makes text |
| neither | is the input, of a model that has no output to charge (embeddings) |
| any, at one rate for all | costs the same whatever it is |
| input and output of a Gemini model, and no reasoning | is its thoughts (`add_thoughts`) |

Google's total is the prompt, the candidates, the thoughts and what tools that Google runs read
(UsageMetadata, ai.google.dev/api/generate-content); of the last two a client that names neither
hides the thoughts, which most calls have. The price version of such a cost says so.

Any other rest leaves the cost unknown: a guess would be charged at the wrong rate, or as nothing.
"""

from chalicelib.pricing.rates import Price
from chalicelib.pricing.tokens import TokenSplit
from chalicelib.pricing.usage import Usage


def explain_total(usage: Usage, price: Price, split: TokenSplit) -> bool:
    """Put what the total says beyond the parts where it belongs, in place; False when nobody knows
    where that is."""
    rest = usage.total - split.total()
    if rest <= 0:
        return True
    made = split.output + split.reasoning + split.audio_output
    if rest == usage.reasoning:
        split.output = max(usage.output - split.audio_output, 0)
        split.reasoning = usage.reasoning
    elif _has_one_rate(price):
        split.input += rest
    elif split.prompt() == 0 and (made > 0 or not _charges_output(price)):
        split.input = rest
    elif split.prompt() > 0 and made == 0 and _charges_output(price):
        split.output = rest
    else:
        return False
    return True


def add_thoughts(usage: Usage, split: TokenSplit) -> bool:
    """Take the rest of a total of Gemini's for thoughts, in place; False where it cannot be."""
    if "gemini" not in usage.model.lower() or usage.reasoning:
        return False
    split.reasoning += usage.total - split.total()
    return True


def _charges_output(price: Price) -> bool:
    return price.tariff.base.output > 0


def _has_one_rate(price: Price) -> bool:
    """Whether fresh input, output and reasoning cost the same, in every context."""
    if price.windows or price.tariff.steps or price.lacks:
        return False
    rates = price.tariff.base
    return rates.input == rates.output == rates.reasoning
