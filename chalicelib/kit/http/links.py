"""Links as HAL writes them, the same in every family."""

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import SkipJsonSchema


class HalLink(BaseModel):
    """Where something is."""

    model_config = ConfigDict(defer_build=True)

    href: str
    templated: bool | SkipJsonSchema[None] = None
