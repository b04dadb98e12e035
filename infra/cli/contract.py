"""meterlake openapi: the contract, from the declarations of the operations."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from infra.cli.terminal import echo

FILE = Path(__file__).resolve().parents[2] / "chalicelib" / "openapi.json"


def build_document() -> dict[str, Any]:
    """The OpenAPI document as the operations declare it now."""
    from chalicelib.kit.http.openapi import add_examples, describe_tags, document
    from functions import table
    from functions.examples import EXAMPLES
    from functions.families import TAGS

    routers = [router for router in table.routers() if router.tag]
    operations = [(router.tag, each) for router in routers for each in router.operations]
    described = document(operations, "Meterlake", version("meterlake"))
    describe_tags(described, TAGS)
    add_examples(described, [operation for _, operation in operations], EXAMPLES)
    return described


def routes_text() -> str:
    """The routes as the operations declare them now, a line each."""
    from functions import routes, table

    lines = routes.lines_of(zip(table.MODULES, table.routers(), strict=True))
    return "[\n" + ",\n".join(json.dumps(line) for line in lines) + "\n]\n"


@click.command()
@click.option("--check", is_flag=True, help="Fail when the checked-in files differ.")
def openapi(check: bool) -> None:
    """Write chalicelib/openapi.json and functions/routes.json from the declarations, or check
    them."""
    from functions import routes

    document = json.dumps(build_document(), indent=1, ensure_ascii=False) + "\n"
    for path, text in ((FILE, document), (routes.FILE, routes_text())):
        if not check:
            path.write_text(text)
            echo(f"wrote {path}")
        elif path.read_text() != text:
            raise click.ClickException(
                f"{path} is not what the operations declare: run `meterlake openapi`"
            )
