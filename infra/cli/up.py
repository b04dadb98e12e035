"""meterlake up: serve a data folder."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.place import DEFAULT_DATA, data_option
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from infra.installation import Installation


@click.command()
@click.option("--port", default=8099, show_default=True, help="0 takes a free port.")
@click.option("--host", default="127.0.0.1", show_default=True)
@data_option
@click.option("--demo", is_flag=True, help="Load 30 days of demo calls first.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON once it serves.")
def up(port: int, host: str, data: Path, demo: bool, as_json: bool) -> None:
    """Serve the whole API from this machine; the state lies in the data folder."""
    data.mkdir(parents=True, exist_ok=True)
    os.environ["METERLAKE_LOG"] = str(data / "upkeep.log")
    # Arrow's own allocator keeps what a compaction has freed; the system's gives it back.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Imported here: the environment above must be set before the logger is made and Arrow loaded.
    from infra.installation import installation
    from infra.local.server import Occupied, find_port, leave, serve, sole_user
    from infra.local.world import build

    def announce(url: str) -> None:
        if as_json:
            echo(_line(url, found))
        else:
            _greet(url, found, data)

    try:
        with sole_user(data):
            # Before the first start makes its keys, which are shown but once.
            port = find_port(host, port)
            world = build(data)
            found = installation(world)
            if demo:
                from infra.demo.load import load_demo

                for name, team in load_demo(world, found.tenant, found.team, quiet=as_json).items():
                    more = f"{sys.argv[0]} keys create --team {team}{_place(data)}"
                    echo(f"Demo team {name}: {more}", err=as_json)
            serve(data, world, host, port, announce)
            leave()
    except Occupied as error:
        raise click.ClickException(str(error)) from error


def _line(url: str, found: "Installation") -> str:
    line = {
        "url": url,
        "console": _console(url, found),
        "writeKey": found.write_key,
        "meteringKey": found.metering_key,
        "teamId": found.team,
        "tenantId": found.tenant,
    }
    return json.dumps({name: value for name, value in line.items() if value is not None})


def _console(url: str, found: "Installation") -> str:
    """Where the console is. The key stands in the fragment, which reaches no server and no log."""
    return f"{url}/console/" + (f"#key={found.write_key}" if found.write_key else "")


def _greet(url: str, found: "Installation", data: Path) -> None:
    echo(f"Meterlake serves {url} from {data} (team {found.team}, tenant {found.tenant})")
    if found.write_key:
        echo(f"  write key     {found.write_key}\n  metering key  {found.metering_key}")
        echo(f"The keys are shown this once. More: {sys.argv[0]} keys create{_place(data)}")
    echo(f"Console: {_console(url, found)}")
    echo("Stop with Ctrl-C.")


def _place(data: Path) -> str:
    """What a command needs to find the folder."""
    return "" if data == DEFAULT_DATA else f" --data {data}"
