"""Vanishing: files that a statement should have read and that nobody finds any more, where the
engine knows what it has read. Athena does not tell: there, upkeep compares the lake with the
manifests."""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.lake.damage import find_sources, note_vanished_files
from chalicelib.lake.days import DayState, fingerprint, forget_rollup, note_loss
from chalicelib.lake.rollups import ROLLUP_FILE
from chalicelib.lake.tables import ROLLUP_DAILY
from chalicelib.ports.engine import FilesRead, Scan
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

StatesByTable = Mapping[str, Mapping[str, DayState]]
"""The states of days (YYYY-MM-DD), by table."""


def note_vanished(
    world: World, team: Scope, scans: Sequence[Scan], read: FilesRead, states: StatesByTable
) -> bool:
    """Note what a statement over some scans did not find though the states from before it say that
    it stands there; whether there was anything. Rollups are made again from their events."""
    noted = False
    for table, day in _find_event_days(scans, read, states):
        noted = note_vanished_files(world, team, table, day) > 0 or noted
    for path, source in _find_rollups(scans, read, states):
        if any(True for _ in world.lake.list(team, source, path.day)):
            forget_rollup(world, team, source, path.day)
            noted = True
        elif path.table == ROLLUP_DAILY.name:
            # Sums are all that retention leaves of a day; of single traces it leaves none.
            note_loss(world, team, source, path.day, _mark(path))
            noted = True
    return noted


def _mark(path: LakePath) -> str:
    return f"{path.table}.{path.name}"


def _find_event_days(
    scans: Sequence[Scan], read: FilesRead, states: StatesByTable
) -> Iterator[tuple[str, str]]:
    """The days of tables of events of whose manifest not all files were read."""
    for scan in scans:
        there = read.get(scan.table, {})
        for day, state in states.get(scan.table, {}).items():
            is_asked = state.files and scan.first_day <= day <= scan.last_day
            if is_asked and state.files.keys() - set(map(fingerprint, there.get(day, ()))):
                yield scan.table, day


def _find_rollups(
    scans: Sequence[Scan], read: FilesRead, states: StatesByTable
) -> Iterator[tuple[LakePath, str]]:
    """The rollups of rolled days that were not there, each with the table of its events."""
    for scan in scans:
        there = read.get(scan.table, {})
        for source in find_sources(scan.table):
            for day, state in states.get(source, {}).items():
                path = LakePath(scan.table, day, ROLLUP_FILE)
                is_asked = scan.first_day <= day <= scan.last_day
                is_due = is_asked and state.written and state.is_rolled
                if is_due and not there.get(day) and _mark(path) not in state.lost:
                    yield path, source
