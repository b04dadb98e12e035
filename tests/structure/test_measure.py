"""The bars that the code is held to: sizes, words, density. `make measure` prints the figures."""

import ast
import statistics

import pytest

from tests.structure import measure
from tests.structure.measure import Module

MODULES = measure.read_modules()
TESTS = measure.read_modules(("tests",))
MOST_MODULE_LINES, MOST_FUNCTION_LINES = 400, 60
MEDIAN_MODULE_LINES, MEDIAN_FUNCTION_LINES = 90, 10
MOST_PARTICIPLES = 0.03
MOST_COMPREHENSIONS, MOST_TERNARIES = 20, 13
"""A thousand lines. The code bases that we learn from have 2 to 8, and 0 to 12."""
MOST_WIDE_CALLS = 8


def test_modules_are_short() -> None:
    lengths = measure.module_lengths(MODULES)
    assert max(lengths) <= MOST_MODULE_LINES
    assert statistics.median(lengths) <= MEDIAN_MODULE_LINES


def test_functions_are_short() -> None:
    lengths = measure.function_lengths(MODULES)
    assert max(lengths) <= MOST_FUNCTION_LINES
    assert statistics.median(lengths) <= MEDIAN_FUNCTION_LINES


@pytest.mark.parametrize("module", [*MODULES, *TESTS], ids=lambda module: module.path)
def test_lines_are_short(module: Module) -> None:
    assert measure.find_long_lines(module) == []


def test_no_comprehension_holds_another() -> None:
    found = [place for module in MODULES for place in measure.find_nested_comprehensions(module)]
    assert found == []


def test_names_are_verbs_and_nouns() -> None:
    found = [place for module in MODULES for place in measure.find_participles(module)]
    definitions = sum(1 for module in MODULES for _ in module.definitions())
    assert len(found) <= MOST_PARTICIPLES * definitions, found


def test_code_is_not_packed() -> None:
    lines = sum(module.lines for module in MODULES)
    comprehensions = measure.count_nodes(MODULES, measure.COMPREHENSIONS)
    ternaries = measure.count_nodes(MODULES, (ast.IfExp,))
    assert comprehensions * 1000 <= MOST_COMPREHENSIONS * lines
    assert ternaries * 1000 <= MOST_TERNARIES * lines


def test_wide_calls_are_rare() -> None:
    found = [place for module in MODULES for place in measure.find_wide_calls(module)]
    assert len(found) <= MOST_WIDE_CALLS, found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def kept(): ...", 1),
        ("def _named(): ...", 1),
        ("class Found: ...", 1),
        ("def waiting(): ...", 1),
        ("def keep(): ...", 0),
        ("def kept_days(): ...", 0),
        ("class KeptDays: ...", 0),
        ("class Refused(MeterlakeError): ...", 0),
        ("def feed(): ...", 0),
    ],
)
def test_participles_are_told(source: str, found: int) -> None:
    module = Module("x.py", source, ast.parse(source))
    assert len(measure.find_participles(module)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("[a for a in b]", 0),
        ("[[c for c in a] for a in b]", 1),
        ("{a: sum(c for c in a) for a in b}", 1),
        ("[a for a in b for c in a]", 0),
    ],
)
def test_nested_comprehensions_are_told(source: str, found: int) -> None:
    module = Module("x.py", source, ast.parse(source))
    assert len(measure.find_nested_comprehensions(module)) == found
