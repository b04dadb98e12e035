"""Damage: files of the lake that cannot be read any more are set aside, so that all the others can.

Nothing is deleted: the bytes move to a place that neither engine looks at, and the state of the day
says from then on what its reports miss, until `rebuild` has written the day anew from the ledger.
What is only a sum of events is summed up again by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import logger
from chalicelib.kit.telemetry import count
from chalicelib.kit.turns import in_turn
from chalicelib.lake.days import (
    find_incomplete_days,
    fingerprint,
    forget_losses,
    forget_rollup,
    note_loss,
    read_states,
    walk_states,
)
from chalicelib.lake.rollups import ROLLUPS
from chalicelib.lake.tables import DAMAGED
from chalicelib.ports.engine import DamagedFiles, Result, Statement
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import lake_teams

METRIC = "LakeFilesLost"
"""Of the stage, for an alarm: files that were set aside, or that have vanished."""
_MOST_FILES = 100
"""Damaged files that one question may meet with."""


class LakeIncomplete(MeterlakeError):
    """Days of the lake miss events (409), until they are rebuilt."""

    status, code = 409, "LAKE_INCOMPLETE"

    def __init__(self, team: Scope, days: Sequence[str]) -> None:
        super().__init__(
            f"files of team {team} are damaged or gone on {', '.join(days)}: run meterlake rebuild"
            f" --day {days[0]} first"
        )


@dataclass(frozen=True, slots=True)
class AsidePath:
    """Where a damaged file stood, and where it stands now."""

    former: LakePath

    @property
    def path(self) -> LakePath:
        """Its place among what was set aside."""
        return LakePath(DAMAGED, self.former.day, f"{self.former.table}.{self.former.name}")

    @classmethod
    def of(cls, path: LakePath) -> "AsidePath":
        """From a place among what was set aside."""
        table, _, name = path.name.partition(".")
        return cls(LakePath(table, path.day, name))


def set_aside(world: World, team: Scope, path: LakePath, reason: str) -> None:
    """Take a damaged file out of all reports. Whoever reads meanwhile sees the day change, and
    asks again; a crash in between leaves the file where it is, or in both places."""
    try:
        data = world.lake.get(team, path)
    except NotInLake:
        return  # somebody else was quicker
    world.lake.put(team, AsidePath(path).path, data)
    _note(world, team, path)
    world.lake.delete(team, [path])
    logger().error(
        "a damaged file of the lake was set aside: meterlake rebuild writes its day anew",
        extra={"team": team, "file": path.key(team), "reason": reason},
    )
    count(METRIC, 1, world.settings.stage)


def note_vanished_files(world: World, team: Scope, table: str, day: str) -> int:
    """Note what the manifest of a day of events knows and the lake does not hold any more; how many
    files that are."""

    def list_names() -> Iterator[str]:
        for file in world.lake.list(team, table, day):
            yield file.path.name

    marks = _find_vanished(world, team, table, day, list_names)
    for mark in marks:
        note_loss(world, team, table, day, mark)
    if marks:
        logger().error(
            "files of the lake have vanished: meterlake rebuild writes their day anew",
            extra={"team": team, "table": table, "day": day, "files": len(marks)},
        )
        count(METRIC, len(marks), world.settings.stage)
    return len(marks)


def _find_vanished(
    world: World, team: Scope, table: str, day: str, list_names: Callable[[], Iterable[str]]
) -> list[str]:
    """The fingerprints of files that the manifest of a day knows and that do not stand there; what
    somebody adds or merges meanwhile is none of them."""
    before = read_states(world, team, table, [day])[day].files
    if not before:
        return []
    there = set(map(fingerprint, list_names()))
    missing = before.keys() - there
    if not missing:
        return []
    return sorted(missing & read_states(world, team, table, [day])[day].files.keys())


def inspect(world: World, team: Scope) -> int:
    """Compare a team's lake with the manifests of its days; how many files have vanished since it
    was done last. Not a byte of the files is read."""
    vanished = 0
    for table, by_day in _read_manifests(world, team).items():
        there: dict[str, set[str]] = {}
        for file in world.lake.list(team, table):
            there.setdefault(file.path.day, set()).add(fingerprint(file.path.name))
        for day, marks in by_day.items():
            if marks - there.get(day, set()):
                vanished += note_vanished_files(world, team, table, day)
    return vanished


def _read_manifests(world: World, team: Scope) -> Mapping[str, Mapping[str, set[str]]]:
    """The fingerprints of the files of each day, by table."""
    manifests: dict[str, dict[str, set[str]]] = {}
    for table, day, state in walk_states(world.documents, team):
        if state.files:
            manifests.setdefault(table, {})[day] = set(state.files)
    return manifests


def inspect_due(world: World, *, until: int | None = None) -> int:
    """Inspect the lakes of all teams; how many files have vanished. Begins no team after `until`
    (UTC epoch ms)."""
    vanished = 0
    for team in in_turn(lake_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        vanished += inspect(world, team)
    return vanished


def _note(world: World, team: Scope, path: LakePath) -> None:
    """Note what reports miss. Rollups are made again from events where there are any."""
    for table in find_sources(path.table):
        if any(True for _ in world.lake.list(team, table, path.day)):
            forget_rollup(world, team, table, path.day)
        else:
            note_loss(world, team, table, path.day, f"{path.table}.{path.name}")
    if not find_sources(path.table):
        note_loss(world, team, path.table, path.day, path.name)


def find_sources(table: str) -> set[str]:
    """The tables of events that a rollup's table is made from; none of any other table."""
    sources: set[str] = set()
    for rollup in ROLLUPS:
        if table == rollup.daily.name or (rollup.hourly and table == rollup.hourly.name):
            sources.add(rollup.events.name)
    return sources


def check_whole(world: World, team: Scope, tables: Iterable[str], days: Sequence[str]) -> None:
    """Raises LakeIncomplete when something of these tables' days is damaged or gone: for whatever
    leaves the house, and can hardly be taken back."""
    incomplete = find_incomplete_days(world, team, tables, days)
    if incomplete:
        raise LakeIncomplete(team, incomplete)


def accept_losses(world: World, team: Scope, tables: Iterable[str], day: str) -> None:
    """Give up what a day of some tables misses: nobody speaks of it any more."""
    for table in tables:
        lost = read_states(world, team, table, [day])[day].lost
        if lost:
            forget_losses(world, team, table, day, lost)


def run(world: World, team: Scope, statement: Statement) -> Result:
    """What the engine answers, of all files but those that turn out to be damaged, which are set
    aside. Raises EngineBusy, EngineRefused."""
    for _ in range(_MOST_FILES):
        try:
            return world.engine.run(team, statement)
        except DamagedFiles as damage:
            for path in damage.paths:
                set_aside(world, team, path, damage.finding)
    return world.engine.run(team, statement)
