"""Where a command works: a data folder on this machine, or a deployed stage."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from chalicelib.kit.settings import from_environment
from chalicelib.ports.world import World

DEFAULT_DATA = Path(".meterlake")
_CONFIG = Path(".chalice/config.json")

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DATA,
    show_default=True,
    help="Folder that holds the state.",
)


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --data and --stage."""
    stage = click.option(
        "--stage", default="", help="Work on this deployed stage instead of a data folder."
    )
    return stage(data_option(command))


def open_world(data: Path, stage: str) -> World:
    """The world of a stage, with your AWS credentials, or of a folder that was served before.
    Raises click.ClickException."""
    if stage:
        os.environ.update(_stage_environment(stage))
        from chalicelib.aws.world import build as build_aws

        return build_aws(from_environment())
    from infra.local.world import build as build_local
    from infra.local.world import is_data_folder

    if not is_data_folder(data):
        raise click.ClickException(
            f"{data} is no data folder: name yours with --data, or make one with `meterlake up`"
        )
    return build_local(data)


def _stage_environment(stage: str) -> dict[str, str]:
    stages = json.loads(_CONFIG.read_text()).get("stages", {}) if _CONFIG.exists() else {}
    if stage not in stages:
        raise click.ClickException(f"{_CONFIG} knows no stage {stage!r}")
    environment: dict[str, str] = stages[stage].get("environment_variables", {})
    return environment
