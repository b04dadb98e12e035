"""What a wheel declares is what it imports: `pip install 'meterlake[local]'` has all that the
command and the server of a laptop need, and the deployed function all that it needs."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {"app", "chalicelib", "functions", "infra"}
BROUGHT = {
    "botocore": "boto3",
    "opentelemetry": "opentelemetry-proto",
    "pydantic_core": "pydantic",
    "aws_xray_sdk": "aws-lambda-powertools",
    "pyarrow": "awswrangler",
}
"""Modules of a distribution that another one, which is declared, always brings."""

ELSEWHERE = {"chalicelib/reports/lint.py sqlglot"}
"""What is read at development time only."""


def distributions(requirements: list[str]) -> set[str]:
    return {normalize(re.split(r"[\[<>=!~; ]", each)[0]) for each in requirements}


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def third_parties(path: Path) -> Iterator[str]:
    """The first words of what a module imports of others, at its top or within."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            first = name.partition(".")[0]
            if first not in OWN and first not in sys.stdlib_module_names:
                yield first


def undeclared(folders: tuple[str, ...], declared: set[str]) -> list[str]:
    providers = packages_distributions()
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for module in third_parties(path):
                names = {normalize(name) for name in providers.get(module, [module])}
                names |= {BROUGHT[module]} if module in BROUGHT else set()
                if not names & declared:
                    found.add(f"{path.relative_to(ROOT)} {module}")
    return sorted(found - ELSEWHERE)


DEPLOYED = distributions(PROJECT["dependencies"]) | {"chalice"}
"""Chalice puts itself into the zip that it makes."""
BATCH = DEPLOYED | distributions(PROJECT["optional-dependencies"]["batch"])
LOCAL = DEPLOYED | distributions(PROJECT["optional-dependencies"]["local"])


@pytest.mark.parametrize(
    ("folders", "declared"),
    [(("infra/local", "infra/cli", "infra/demo"), LOCAL), (("chalicelib", "functions"), BATCH)],
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], declared: set[str]) -> None:
    assert undeclared(folders, declared) == []


def test_what_is_not_declared_is_found() -> None:
    assert "infra/local/engine.py duckdb" in undeclared(("infra/local",), LOCAL - {"duckdb"})
    assert undeclared(("infra/local",), LOCAL - {"granian"}) != []
