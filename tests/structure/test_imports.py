"""The walls: imports run downward, domains know no infrastructure, storage calls carry their
team."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.table import MODULES

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = {"boto3", "botocore", "pynamodb", "awswrangler", "chalice", "duckdb", "sqlite3", "moto"}
HEAVY = ("pandas", "pyarrow", "awswrangler", "duckdb", "sqlglot", "genai_prices", "numpy")
LAYERS = ("app", "functions", "domain", "aws", "ports", "kit")
"""From the top down; a module may import from its own layer and from those below."""
DOMAINS = {
    path.name
    for path in (ROOT / "chalicelib").iterdir()
    if path.is_dir() and path.name not in {"kit", "ports", "aws"}
} - {"__pycache__"}
PORTS = {
    "documents",
    "events",
    "feed",
    "counters",
    "replays",
    "lake",
    "engine",
    "secrets",
    "outbound",
    "vault",
}
SCOPED = re.compile(r"(team|tenant|scope)$", re.IGNORECASE)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def layer_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] in {"app", "functions", "infra"}:
        return parts[0]
    if parts[0] != "chalicelib":
        return None
    if len(parts) > 1 and parts[1] in {"kit", "ports", "aws"}:
        return parts[1]
    return "domain"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def rising(path: Path) -> list[str]:
    own = layer_of(module_name(path))
    assert own in LAYERS
    found = []
    for line, name in imports(path):
        other = layer_of(name)
        if other == "infra" or (other in LAYERS and LAYERS.index(other) < LAYERS.index(own)):
            found.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
        if own == "ports" and other == "aws":
            found.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    return found


def test_imports_run_downward() -> None:
    wrong = [fault for path in sources("chalicelib", "functions") for fault in rising(path)]
    # An adapter may read the table declarations: they are what it makes its schemas from.
    assert wrong == []


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_domains_import_no_infrastructure(domain: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(f"chalicelib/{domain}")
        for line, name in imports(path)
        if name.split(".")[0] in FOREIGN or layer_of(name) == "aws"
    ]
    assert wrong == []


def unscoped(source: str) -> list[int]:
    """Lines with a port call whose first argument is no team, tenant or scope, and without a
    reason."""
    lines = source.splitlines()
    found = []

    def written(call: ast.Call) -> str:
        return "\n".join(lines[call.lineno - 1 : call.end_lineno])

    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        attribute = owner.attr if isinstance(owner, ast.Attribute) else ""
        bare = (
            owner.id if isinstance(owner, ast.Name) and owner.id != "secrets" else ""
        )  # the standard library's
        constructor = node.func.attr[0].isupper()
        if (
            constructor
            or not PORTS & {attribute, bare}
            or re.search(r"# unscoped: \S+", written(node))
        ):
            continue
        first = node.args[0] if node.args else None
        name = (
            first.attr
            if isinstance(first, ast.Attribute)
            else first.id
            if isinstance(first, ast.Name)
            else ""
        )
        if not SCOPED.search(name):
            found.append(node.lineno)
    return found


def test_storage_calls_carry_their_team() -> None:
    places = [
        path for path in sources("chalicelib", "functions", "infra") if "/aws/" not in str(path)
    ]
    wrong = [
        f"{path.relative_to(ROOT)}:{line}" for path in places for line in unscoped(path.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("world.documents.get(team, 'A', 'b')", []),
        ("world.documents.get(call.principal.tenant, 'A', 'b')", []),
        ("world.documents.get('A', 'b')", [1]),
        ("documents.get(kind)", [1]),
        ("world.feed.shards()", [1]),
        ("world.feed.shards()  # unscoped: all teams", []),
        ("world.feed.shards()  # unscoped:", [1]),
    ],
)
def test_the_scope_lint_can_fail(source: str, lines: list[int]) -> None:
    assert unscoped(source) == lines


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(' '.join(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_api_function_loads_nothing_heavy() -> None:
    assert loaded_by("import app").isdisjoint(HEAVY)


BARE = "import chalice, boto3; boto3.client('dynamodb', region_name='us-east-1')"
DEPLOYED = "import app, chalicelib.aws.world"
MOST_TIMES_BARE = 2.0
"""Cold start is a feature: 1.4 is usual; pandas or pyarrow alone would make it three and more."""


def cpu_seconds(statement: str) -> float:
    """CPU time of a fresh process; of five, the one that was disturbed least."""
    code = f"import time; {statement}; print(time.process_time())"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for _ in range(5)
    ]
    return min(float(run.stdout) for run in runs)


def test_importing_the_api_function_costs_little_more_than_what_it_stands_on() -> None:
    assert cpu_seconds(DEPLOYED) < MOST_TIMES_BARE * cpu_seconds(BARE)


def door_modules() -> list[str]:
    return [
        module_name(path) for path in sources("functions") if "router = Router(" in path.read_text()
    ]


@pytest.mark.parametrize("module", door_modules())
def test_every_module_of_doors_has_a_handler_and_is_in_the_table(module: str) -> None:
    loaded = importlib.import_module(module)
    assert callable(loaded.handler)
    assert module in MODULES


def test_every_door_module_stands_alone() -> None:
    """Importing one module of operations must not load another family's domain."""
    assert "chalicelib.reports.service" not in loaded_by("import functions.meter.ai.completions")
    assert "chalicelib.metering.service" not in loaded_by("import functions.open.service")
