"""Where generated requests show that the document and the doors differ, one by one, each with the
reason why that is right: `findings.toml`.

`python -m tests.reliability.findings` writes the list anew. Reasons of classes stay; what is new
has none, and the tests refuse it until somebody has mended it or written one down.
"""

import os
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from schemathesis import GenerationMode

from infra.local.world import build
from tests.support.client import Client
from tests.support.generated import Exchange, exchanges, operations

PATH = Path(__file__).with_name("findings.toml")
_HEAD = "# Written by `python -m tests.reliability.findings`; the reasons are written by hand.\n"
_REFUSED = (400, 415)
_FIRST_FAILURE = 400


@dataclass
class Class:
    """Findings of one kind: what is told, why it is right, and by whom (operation, member)."""

    kind: str
    told: str
    why: str = ""
    at: set[tuple[str, str]] = field(default_factory=set)


def find_refused(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """(member, what is told) of what the document allows and the door does not."""
    if exchange.status in _REFUSED:
        for refusal in exchange.refusals:
            member, _, told = refusal.partition(": ")
            yield member, told


def find_taken(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """(member, what is told) of what the document forbids and the door does not."""
    if exchange.status < _FIRST_FAILURE:
        for wrong in exchange.wrong:
            place, _, told = wrong.partition(": ")
            yield place, told


FINDERS = {
    "refused": (GenerationMode.POSITIVE, find_refused),
    "taken": (GenerationMode.NEGATIVE, find_taken),
}


@cache
def classes() -> tuple[Class, ...]:
    """The list."""
    made: list[Class] = []
    for entry in tomllib.loads(PATH.read_text())["class"]:
        at = {(operation, member) for operation, member in entry["at"]}
        made.append(Class(entry["kind"], entry["told"], entry["why"], at))
    return tuple(made)


def expected(kind: str, operation: str) -> set[tuple[str, str]]:
    """(member, what is told) of an operation, by the list."""
    found: set[tuple[str, str]] = set()
    for each in classes():
        if each.kind == kind:
            found |= {(member, each.told) for name, member in each.at if name == operation}
    return found


def collect() -> list[Class]:
    """What is found now, with the reasons of the list."""
    reasons = {(each.kind, each.told): each.why for each in classes()} if PATH.exists() else {}
    found: dict[tuple[str, str], Class] = {}
    with tempfile.TemporaryDirectory() as root:
        for kind, (mode, find) in FINDERS.items():
            client = Client(build(Path(root) / kind))
            for name in sorted(operations()):
                for exchange in exchanges(client, name, mode):
                    for member, told in find(exchange):
                        why = reasons.get((kind, told), "")
                        entry = found.setdefault((kind, told), Class(kind, told, why))
                        entry.at.add((name, member))
    return [found[key] for key in sorted(found)]


def render(found: list[Class]) -> str:
    """The text of the list."""
    parts = [_HEAD]
    for each in found:
        places = "".join(f"    {_list(place)},\n" for place in sorted(each.at))
        parts.append(
            f"\n[[class]]\nkind = {_quote(each.kind)}\ntold = {_quote(each.told)}\n"
            f"why = {_quote(each.why)}\nat = [\n{places}]\n"
        )
    return "".join(parts)


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_quote, texts))}]"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


if __name__ == "__main__":
    os.environ["METERLAKE_GITHUB_URL"] = "https://127.0.0.1:9"  # nowhere, as in tests
    PATH.write_text(render(collect()))
