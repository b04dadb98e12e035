"""meterlake import: records from a file, to add, correct or void."""

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.kit.words import count_of
from infra.cli.account import choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.kit.errors import Fault
    from chalicelib.metering.bulk import FileRecord, Tally
    from infra.imports.opening import OpenFile


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@place_options
@click.option(
    "--kind",
    type=click.Choice(["completion", "audio", "image", "video", "tool", "event"]),
    default="completion",
    show_default=True,
    help="What the file's records are.",
)
@click.option(
    "--mode",
    type=click.Choice(["add", "correct", "void"]),
    default="add",
    show_default=True,
    help="add: known records stay. correct: known ones get a new version. void: taken back.",
)
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), help="By the file itself when absent."
)
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.option("--team", default="", help="Team id; the first team when absent.")
def import_records(
    file: Path,
    data: Path,
    stage: str,
    kind: str,
    mode: str,
    form: str | None,
    tenant: str,
    team: str,
) -> None:
    """Read the records of FILE: JSON lines, a JSON array or CSV (header: the members' names), as a
    client would post them; or LiteLLM's spend logs, a transcript of Claude Code, Langfuse's
    observations. Gzipped or not, UTF-8, UTF-16 or Latin-1. Bad lines are written to
    FILE.rejects.jsonl with their faults. A file can be read again at any time."""
    from chalicelib.identity.keys import KeyKind
    from chalicelib.identity.records import Principal
    from chalicelib.metering.bulk import KINDS, Load, Mode
    from infra.imports.opening import open_file
    from infra.local.feeder import feeder

    # A batch leaves no cycles behind: collecting at every few hundred objects takes a quarter of
    # the time.
    gc.set_threshold(100_000)
    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    principal = Principal(account.tenant, account.team, "import", KeyKind.METERING.scopes)
    rejects = file.with_name(f"{file.name}.rejects.jsonl")
    rejects.unlink(missing_ok=True)

    def reject(line: "FileRecord", faults: "Sequence[Fault]") -> None:
        with rejects.open("a", encoding="utf-8") as out:
            out.write(_render_reject(line, faults))

    load = Load(
        world=world,
        principal=principal,
        kind=KINDS[kind],
        mode=Mode(mode),
        tell=reject,
        source=file.name,
    )
    tally = load.tally
    with (
        nullcontext() if stage else feeder(data),
        open_file(file, form, KINDS[kind]) as opened,
        click.progressbar(
            length=file.stat().st_size, label=f"{mode} {file.name}", file=sys.stderr
        ) as shown,
    ):
        for _ in load.run(opened.records):
            shown.update(opened.position() - shown.pos)
    _tell(opened, tally, rejects)


def _tell(opened: "OpenFile", tally: "Tally", rejects: Path) -> None:
    """Say what became of the records. Raises click.ClickException when some were not taken."""
    for line in _notes(opened):
        echo(line)
    echo(
        f"{count_of(tally.lines, 'record')}: {tally.added:,} added, {tally.changed:,} changed, "
        f"{tally.same:,} as they were, "
        f"{tally.rejected:,} rejected"
    )
    if tally.emptied:
        echo(
            f"{tally.emptied:,} of them lie on days that retention has emptied: they are in no "
            "report (meterlake retention show)"
        )
    faults = [opened.ending.fault] if opened.ending.fault else []
    if tally.rejected:
        faults.append(f"the rejected ones are in {rejects}")
    if faults:
        raise click.ClickException("; ".join(faults))


def _notes(opened: "OpenFile") -> Iterator[str]:
    """What was read otherwise than it stands there, and what was left out."""
    if opened.product:
        yield f"this file is {opened.product}"
    for reason, number in sorted(opened.left_out.items()):
        if number:
            yield f"  {number:,} {reason}"
    if opened.text.strange:
        yield "  not all of it is UTF-8: the other bytes were read as Latin-1"


def _render_reject(line: "FileRecord", faults: "Sequence[Fault]") -> str:
    content = (
        line.content.decode(errors="replace") if isinstance(line.content, bytes) else line.content
    )
    errors = [
        {"field": fault.field, "code": fault.code, "message": fault.message} for fault in faults
    ]
    return (
        json.dumps({"line": line.number, "errors": errors, "record": content}, ensure_ascii=False)
        + "\n"
    )
