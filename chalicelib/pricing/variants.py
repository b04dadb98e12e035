"""Variants: which names are a model that a list knows by their beginning only, or by a part of
them, and which are another one."""

import re

_SAME_MODEL = re.compile(
    r"(?:[-_.:@]*+(?:v?\d++[km]?+|\[1m\]"
    r"|latest|default|stable|preview|nightly|experimental|exp|beta|maas|instruct"
    r"|customtools|native-audio|extended-thinking|vision-exp))*+[-_.:@]*+"
)
"""What may follow a model's name and leave it that model at its price: dates, versions, context
sizes, stages of release, `instruct`, which names the tuned weights that hosts serve, and four
variants of Gemini and DeepSeek that cost the same in both lists (docs/prices.md). Whatever else
follows (-lite, -fast, -cyber, -tts) is another model, of another price. Nothing is given back that
was read: a caller's name may be long."""
_FAMILY = re.compile(r"^ft:|[-_.:@]$")


def is_same_model(part: str, text: str) -> bool:
    """Whether what follows a part of a name leaves the model what the part says. One that ends in a
    separator (`gemma-3-`) stands for a family, and fine-tuned models bear their owner's words."""
    _, _, rest = text.partition(part)
    return _FAMILY.search(part) is not None or _SAME_MODEL.fullmatch(rest) is not None
