"""Names of models: whether two can mean the same one, as frameworks, gateways, hosts and makers
write them."""

import re
from functools import lru_cache

from chalicelib.otlp.genai import UNKNOWN_MODEL

_MARK = re.compile(
    r"[-:]latest$|:(?:free|online|nitro|floor|extended|thinking|beta|exacto)$", re.IGNORECASE
)
"""`latest`, and what OpenRouter writes behind a model to say how it shall be called."""
_POINT = re.compile(r"(?<=\d)\.(?=\d(?!\d))")
"""Between the digits of a version, which some write with a dash."""
_VERSION = re.compile(r"(-preview|-exp)?(-v\d+)?(-\d{2,8})*(-v\d+(:\d+)?)?")
_BEFORE = tuple(".:-_")
"""What ends the names of regions and hosts before that of a model."""


@lru_cache(maxsize=1_024)
def fold_model(name: str) -> str:
    """The name without what gateways write before it, and without `latest`."""
    folded = _MARK.sub("", name.lower().rpartition("/")[2].replace("@", "-"))
    # Azure allows no point in a name.
    return _POINT.sub("-", folded).replace("gpt-35-", "gpt-3-5-")


@lru_cache(maxsize=4_096)
def is_same_model(one: str, other: str) -> bool:
    """Whether a folded name is the other one with its version, region or host: `gpt-4o-mini` is no
    `gpt-4o`, and no version is another one."""
    short, name = sorted((one, other), key=len)
    if one == other or not short or UNKNOWN_MODEL in (one, other):
        return True
    before, found, after = name.rpartition(short)
    is_name = bool(found) and (not before or before.endswith(_BEFORE))
    return is_name and _VERSION.fullmatch(after) is not None
