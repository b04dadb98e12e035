"""Importing: FOCUS files of clouds into the days of bills. Batch only: needs pyarrow.

The days that have rows are replaced, for each provider in the files, so that a later export of the
same month takes the place of an earlier one, and a refund of last month leaves the days around it.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

from chalicelib.directory.exchange import rates_of
from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.errors import Invalid
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.days import Written, write_days
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.focus import NEEDED, FocusLine, read_row, unknown_service
from chalicelib.providers.lines import BilledLine, add_up
from chalicelib.providers.records import Connection
from chalicelib.providers.vocabulary import BillingProvider
from chalicelib.resources.roster import LAKE

MOST_LINES = 2_000_000
"""Of different lines that one run holds in memory, about a gigabyte."""
_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
_ADDED = ("amount_nano", "list_nano", "credits_nano", *_COUNTS)
_BATCH = 10_000
Lines = dict[tuple[BilledLine, bool], BilledLine]
"""Lines by what they are but for their figures, and whether they take tokens back."""


@dataclass(slots=True)
class Imported:
    """What an import did: rows read, rows of services that are no AI, by the names of providers
    that are not known here rows of AI, lines whose tokens could not be taken back, rows of days
    that have not begun anywhere, and what was written by provider."""

    rows: int = 0
    skipped: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    untaken: int = 0
    ahead: int = 0
    written: dict[str, Written] = field(default_factory=dict)


def import_focus(world: World, tenant: Scope, team: Scope, files: Sequence[Path]) -> Imported:
    """Read FOCUS files, CSV or Parquet, into a team's bills. Nothing is written unless all of it
    can be read, and each file is there once. Raises Invalid, naming the file and the row."""
    _check_once(files)
    done = Imported()
    sums: defaultdict[BillingProvider, Lines] = defaultdict(dict)
    tomorrow = day_of(world.now() + DAY)
    for path in files:
        for number, row in enumerate(_read_rows(path), 2):
            done.rows += 1
            found = _read(path, number, row)
            if found is None:
                _note_skipped(done, unknown_service(row))
                continue
            done.ahead += found.line.day > tomorrow
            _add(sums[found.provider], found.line)
            if sum(map(len, sums.values())) > MOST_LINES:
                raise Invalid(
                    f"{path}: more than {MOST_LINES} different lines: import less at once"
                )
    LAKE.enrol(world.documents, team)
    rates = rates_of(world, tenant)
    for provider, lines in sums.items():
        netted = _net(lines, done)
        days = sorted({line.day for line in netted})
        source = Connection(
            id=f"focus-{provider}",
            tenant=tenant,
            team=team,
            name="FOCUS",
            provider=provider,
            token="",
            base_url="",
            account="",
        )
        done.written[provider] = write_days(world, source, days, netted, rates)
    return done


def _note_skipped(done: Imported, unknown: str) -> None:
    if unknown:
        done.unknown[unknown] += 1
    else:
        done.skipped += 1


def _check_once(files: Sequence[Path]) -> None:
    """Raises Invalid where two files hold the same: their rows would be added up."""
    seen: dict[bytes, Path] = {}
    for path in files:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").digest()
        if digest in seen:
            raise Invalid(f"{seen[digest]} and {path} hold the same rows: import one of them")
        seen[digest] = path


def _read(path: Path, number: int, row: Mapping[str, Any]) -> FocusLine | None:
    try:
        return read_row(row)
    except AnswerUnreadable as error:
        raise Invalid(f"{path}, row {number}: {error.message}") from error


def _net(lines: Lines, done: Imported) -> Sequence[BilledLine]:
    """The lines, with the tokens that corrections take back of a day, model and kind; without these
    where they are more than there are, as of a month whose first export is not in the files: those
    are counted in `done`."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for line in lines.values():
        sums[line.day, line.model, line.token_kind] += _tokens_of(line)
    nothing: dict[str, Any] = dict.fromkeys(_COUNTS)
    netted: list[BilledLine] = []
    for (_, takes_back), line in lines.items():
        is_more = sums[line.day, line.model, line.token_kind] < 0
        if takes_back and is_more:
            netted.append(replace(line, **nothing))
            done.untaken += 1
        else:
            netted.append(line)
    return netted


def _tokens_of(line: BilledLine) -> int:
    return sum(getattr(line, name) or 0 for name in _COUNTS)


def _add(lines: Lines, line: BilledLine) -> None:
    """Add a line to the one that is the same but for its figures."""
    nothing: dict[str, Any] = dict.fromkeys(_ADDED)
    key = (replace(line, **nothing), _tokens_of(line) < 0)
    known = lines.get(key)
    if known is None:
        lines[key] = line
        return
    sums: dict[str, Any] = {
        name: add_up(getattr(known, name), getattr(line, name)) for name in _ADDED
    }
    lines[key] = replace(known, **sums)


def _read_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a file, by the names of its columns. Raises Invalid."""
    rows = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    first = next(rows, None)
    if first is None:
        raise Invalid(f"{path} has no rows")
    missing = [name for name in NEEDED if name not in first]
    if missing:
        raise Invalid(f"{path} is no FOCUS export: it has no column {', '.join(missing)}")
    yield first
    yield from rows


def _read_csv(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{path} cannot be read as CSV: unpack it first") from error


def _read_parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(_BATCH):
            yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise Invalid(f"{path} cannot be read as Parquet: {error}") from error
