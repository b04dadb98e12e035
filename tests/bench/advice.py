"""Advice over 90 days of the year of the bench; and `python -m tests.bench.advice`: precision and
recall of the investigators on planted wastes.

Lives of four weeks (tests/recommendations/life.py), by several seeds: clean ones, ones with each
waste alone, and ones with three wastes at once. Told is what is advice; right is what was planted.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.directory import prices
from chalicelib.kit.clock import DAY, HOUR
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.analysis import analyse
from chalicelib.recommendations.segments import segment_of
from chalicelib.reports.asking import Asker
from infra.local.world import build
from tests.bench.generate_year import LAST, year
from tests.bench.memory import peak_mib
from tests.bench.report import Row
from tests.pricing.pins import little_book
from tests.recommendations.life import END, PLANTS, WINDOW, clean_life

_RESULTS = Path(__file__).with_name("ADVICE.md")
_PERIOD_DAYS, _MOST_S, _MOST_MIB = 90, 20, 1_024
_SEEDS = (1, 2, 3)
_TOGETHER = 3


@dataclass(slots=True)
class Score:
    """By investigator: in how many lives its waste was planted, how often it was told of these, and
    how often of others."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)

    def add(self, planted: set[str], told: set[str]) -> None:
        """Count one life."""
        self.planted.update(planted)
        self.found.update(planted & told)
        self.false.update(told - planted)


def list_lives() -> Iterator[tuple[str, ...]]:
    """What is planted in each life."""
    yield ()
    rules = list(PLANTS)
    for rule in rules:
        yield (rule,)
    for first in range(len(rules)):
        yield tuple((rules * 2)[first : first + _TOGETHER])


def look_at(world: World, team: str, seed: int, planted: Sequence[str]) -> set[str]:
    """What is told of a life."""
    life = clean_life(world, team, seed)
    for rule in planted:
        PLANTS[rule](life)
    life.write()
    segment = segment_of(world, life.team, {}, with_assistants=True)
    found = analyse(Asker.of(world, life.team), WINDOW, segment)
    return {each.finding.rule for each in found.advice}


def score() -> tuple[Score, int, list[str]]:
    """The score of all lives, how many these were, and what went wrong in which."""
    total, lives = Score(), 0
    wrong: list[str] = []
    for seed in _SEEDS:
        with TemporaryDirectory() as folder:
            world = replace(build(Path(folder)), now=lambda: END)
            for number, planted in enumerate(list_lives()):
                told = look_at(world, f"t{number}", seed, planted)
                total.add(set(planted), told)
                lives += 1
                if told != set(planted):
                    missed, more = set(planted) - told, told - set(planted)
                    wrong.append(
                        f"seed {seed}, {' + '.join(planted) or 'clean'}: "
                        f"missed {', '.join(sorted(missed)) or 'none'}; "
                        f"told besides {', '.join(sorted(more)) or 'none'}"
                    )
    return total, lives, wrong


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def report(total: Score, lives: int, wrong: Sequence[str]) -> str:
    """The table."""
    lines = [
        "# Advice on planted wastes",
        "",
        f"Written by `python -m tests.bench.advice`: {lives} lives, {len(_SEEDS)} of them clean."
        " A waste is found when it is advice; false is advice whose waste was not planted. The"
        " hands that planted wrote the rules too: this shows that the rules do what they say, and"
        " that none of them takes another's waste, or clean work, for its own. How much of life's"
        " waste they see, it does not.",
        "",
        "| investigator | planted | found | false | precision | recall |",
        "|---|---|---|---|---|---|",
    ]
    for rule in PLANTS:
        planted, found, false = total.planted[rule], total.found[rule], total.false[rule]
        precision, recall = _share(found, found + false), _share(found, planted)
        lines.append(f"| {rule} | {planted} | {found} | {false} | {precision} | {recall} |")
    planted, found, false = (
        sum(each.values()) for each in (total.planted, total.found, total.false)
    )
    precision, recall = _share(found, found + false), _share(found, planted)
    lines.append(f"| all | {planted} | {found} | {false} | {precision} | {recall} |")
    if wrong:
        lines += ["", "What went wrong:", "", *(f"- {each}" for each in wrong)]
    return "\n".join(lines) + "\n"


def run() -> list[Row]:
    """A run over 90 days of the year, in a process of its own, whose memory is its own."""
    made = year()
    command = [sys.executable, "-m", "tests.bench.advice", str(made.folder), made.team]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    figure = f"{told['seconds']:.1f} s, {told['mib']:.0f} MiB"
    met = told["seconds"] <= _MOST_S and told["mib"] <= _MOST_MIB
    note = (
        f"{told['calls']:,} calls of {_PERIOD_DAYS} days, {told['cells']:,} cells, {told['advice']}"
        f" advices, {told['scanned'] / 2**20:,.0f} MiB scanned, {told['cpu']:.1f} s of CPU"
    )
    return [Row("advice over 90 days", figure, f"≤ {_MOST_S} s, ≤ {_MOST_MIB} MiB", met, note)]


def measure(folder: Path, team: str) -> None:
    """Print, as JSON, what a run takes on a folder of the bench."""
    window = Window(LAST + DAY - _PERIOD_DAYS * DAY, LAST + DAY - 1)
    world = replace(build(folder), now=lambda: window.end)
    scope = Scope(team)
    segment = segment_of(world, scope, {}, with_assistants=True)
    began = time.perf_counter()
    found = analyse(Asker(world, scope, window.end + HOUR), window, segment)
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time(),
        "mib": peak_mib(),
        "calls": found.calls,
        "cells": found.cells,
        "advice": len(found.advice),
        "scanned": found.scanned,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def main() -> None:
    """Run, print, keep."""
    prices.book = little_book  # type: ignore[attr-defined]
    text = report(*score())
    sys.stdout.write(text)
    _RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]), sys.argv[2])
    else:
        main()
