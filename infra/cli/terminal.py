"""What a command prints. Names come from anybody: what a terminal would obey in them is shown, and
not sent to it."""

import click


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a line, or several."""
    click.echo("\n".join(map(escape, text.split("\n"))), err=err)


def escape(text: str) -> str:
    """The text with control characters, and those that turn the direction of writing, written
    out."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
