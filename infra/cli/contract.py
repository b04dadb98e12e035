"""meterlake openapi: the contract, from the declarations of the doors."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

FILE = Path(__file__).resolve().parents[2] / "chalicelib" / "openapi.json"


def declared() -> dict[str, Any]:
    """The OpenAPI document as the doors declare it now."""
    from chalicelib.kit.http.openapi import document
    from functions.table import MODULES

    doors = ((doors.tag, door) for doors in MODULES for door in doors.declared)
    return document(doors, "Meterlake", version("meterlake"))


@click.command()
@click.option("--check", is_flag=True, help="Fail when the checked-in file differs.")
def openapi(check: bool) -> None:
    """Write chalicelib/openapi.json from the declarations, or check it."""
    text = json.dumps(declared(), indent=1, ensure_ascii=False) + "\n"
    if not check:
        FILE.write_text(text)
        click.echo(f"wrote {FILE}")
    elif FILE.read_text() != text:
        raise click.ClickException(f"{FILE} is not what the doors declare: run `meterlake openapi`")
