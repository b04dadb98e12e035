"""The floors of the domains: imports run down, and each package says truly what it stands on."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = (
    "pricing identity",
    "resources",
    "directory lake",
    "metering notices",
    "otlp catalog models reports export providers",
    "events invoicing jobs traces squads budgets reconciliation assistants",
    "alerts charts spend_limits",
    "recommendations erasure",
)
"""From the ground up. A domain imports from floors below its own; those of one floor do not know
each other."""
FLOOR_OF = {name: at for at, names in enumerate(FLOORS) for name in names.split()}
BELOW_DOMAINS = ("kit", "ports")
PACKAGES = sorted(
    path.parent.name for path in (ROOT / "chalicelib").glob("*/__init__.py") if path.parent.name
)


def imports_of(package: str) -> Iterator[tuple[str, str]]:
    """(place, chalicelib package) of each import from another one."""
    for path in sorted((ROOT / "chalicelib" / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for name in names_in(node):
                other = name.split(".")[1]
                if other != package:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", other


def names_in(node: ast.AST) -> list[str]:
    """The modules of chalicelib that an import names."""
    if isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module]
        if node.module == "chalicelib":
            names = [f"chalicelib.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = []
    return [name for name in names if name.startswith("chalicelib.")]


def rises(package: str, other: str) -> bool:
    """Whether an import goes up, or sideways."""
    if package not in FLOOR_OF or other in BELOW_DOMAINS:
        return False
    return FLOOR_OF.get(other, len(FLOORS)) >= FLOOR_OF[package]


def stands_on(docstring: str) -> set[str]:
    """The packages that a docstring names behind "Stands on:"."""
    match = re.search(r"Stands on: ([a-z, \n]+)\.", docstring)
    return set(re.findall(r"[a-z]+", match[1])) if match else set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_a_floor(package: str) -> None:
    assert package in FLOOR_OF or package in {*BELOW_DOMAINS, "aws"}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_down(package: str) -> None:
    wrong = [
        f"{place} imports {other}" for place, other in imports_of(package) if rises(package, other)
    ]
    assert wrong == []


@pytest.mark.parametrize("package", [name for name in PACKAGES if name in FLOOR_OF])
def test_a_package_stands_on_what_it_says(package: str) -> None:
    docstring = ast.get_docstring(
        ast.parse((ROOT / "chalicelib" / package / "__init__.py").read_text())
    )
    assert docstring, package
    assert "Owns:" in docstring, package
    assert "Does not own:" in docstring, package
    assert stands_on(docstring) == {other for _, other in imports_of(package)}, package


@pytest.mark.parametrize(
    ("package", "other", "rising"),
    [
        ("metering", "pricing", False),
        ("metering", "kit", False),
        ("metering", "invoicing", True),
        ("catalog", "models", True),
        ("lake", "aws", True),
    ],
)
def test_the_floors_can_be_broken(package: str, other: str, rising: bool) -> None:
    assert rises(package, other) is rising
