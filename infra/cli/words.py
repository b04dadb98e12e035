"""Words that people type: what a door refuses, a command refuses too."""

import click
from pydantic import TypeAdapter, ValidationError

from chalicelib.resources.schemas import Line

_LINE: TypeAdapter[str] = TypeAdapter(Line)


def read_line(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """A name or reference of one line, without spaces around it. Raises click.BadParameter."""
    try:
        return _LINE.validate_python(text)
    except ValidationError as error:
        message = "must be 1 to 255 characters, none of them a control character"
        raise click.BadParameter(message) from error
