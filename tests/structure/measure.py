"""How the code reads, in figures: `make measure` prints them, test_measure.py holds their bars."""

import ast
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("chalicelib", "functions", "infra", "meterlake_guard", "app.py")
LINE_BYTES = 100
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IRREGULAR = frozenset(
    "begun bought bound broken brought built caught chosen dealt done drawn fallen felt forgotten"
    " fought found given gone grown heard held hidden kept known laid led lent lit lost made meant"
    " met paid said seen sent shown sold spent spoken stood struck stuck swept taken taught thought"
    " thrown told torn understood undone won worn written".split()
)
_NOUNS = frozenset("billing bedding feed metering pricing rating routing seed setting".split())
"""Words that end like participles and are nouns of this field."""


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed source file; `path` is relative to the project."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.text.count("\n")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """All functions and methods."""
        return (node for node in ast.walk(self.tree) if isinstance(node, FUNCTIONS))

    def definitions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """All functions, methods and classes."""
        kinds = (*FUNCTIONS, ast.ClassDef)
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))


def read_modules(places: Sequence[str] = SHIPPED) -> list[Module]:
    """The modules below folders, or single files, of the project."""
    paths: list[Path] = []
    for place in places:
        root = ROOT / place
        paths += [root] if root.is_file() else sorted(root.rglob("*.py"))
    return [parse(path) for path in paths]


def parse(path: Path) -> Module:
    """One module."""
    text = path.read_text(encoding="utf-8")
    return Module(str(path.relative_to(ROOT)), text, ast.parse(text))


def is_bare_participle(name: str) -> bool:
    """Whether a name is one word that says what was done and not what the thing is or does."""
    word = name.strip("_")
    if not word[1:].islower():
        return False
    word = word.lower()
    if word in _IRREGULAR:
        return True
    return bool(re.fullmatch(r"[a-z]+(ed|ing)", word)) and word not in _NOUNS


def find_participles(module: Module) -> list[str]:
    """Definitions that are bare participles. Classes of errors may be: they say what happened."""
    named = (node for node in module.definitions() if is_bare_participle(node.name))
    return [f"{module.path}:{node.lineno} {node.name}" for node in named if not _is_error(node)]


def _is_error(node: ast.AST) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    text = ast.unparse(node)
    return "Error" in text.partition(":")[0] or "status" in text or "Exception" in text


def find_nested_comprehensions(module: Module) -> list[str]:
    """Comprehensions that hold another one."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, COMPREHENSIONS):
            inner = (child for child in ast.walk(node) if child is not node)
            if any(isinstance(child, COMPREHENSIONS) for child in inner):
                found.append(f"{module.path}:{node.lineno}")
    return found


def find_long_lines(module: Module) -> list[str]:
    """Lines of more than a hundred bytes."""
    lines = enumerate(module.text.splitlines(), start=1)
    return [f"{module.path}:{at}" for at, line in lines if len(line.encode()) > LINE_BYTES]


def find_wide_calls(module: Module) -> list[str]:
    """Calls with six and more positional arguments."""
    calls = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    return [f"{module.path}:{node.lineno}" for node in calls if len(node.args) >= 6]


def function_lengths(modules: Sequence[Module]) -> list[int]:
    """Lines of each function."""
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules
        for node in module.functions()
    ]


def module_lengths(modules: Sequence[Module]) -> list[int]:
    """Lines of each module that holds more than a docstring."""
    return [module.lines for module in modules if module.lines >= 15]


def count_nodes(modules: Sequence[Module], kinds: tuple[type[ast.AST], ...]) -> int:
    """How many nodes of some kinds there are."""
    return sum(isinstance(node, kinds) for module in modules for node in ast.walk(module.tree))


def report() -> Iterator[str]:
    """The figures, a line each."""
    modules = read_modules()
    lines = sum(module.lines for module in modules)
    sizes, lengths = module_lengths(modules), function_lengths(modules)
    definitions = sum(1 for module in modules for _ in module.definitions())
    participles = sum(len(find_participles(module)) for module in modules)
    yield f"modules {len(sizes)}: median {statistics.median(sizes):.0f} lines, max {max(sizes)}"
    median = statistics.median(lengths)
    yield f"functions {len(lengths)}: median {median:.0f} lines, max {max(lengths)}"
    yield (
        f"bare participles {participles} of {definitions}: {100 * participles / definitions:.1f} %"
    )
    for label, kinds in (("comprehensions", COMPREHENSIONS), ("ternaries", (ast.IfExp,))):
        yield f"{label} per 1,000 lines: {1000 * count_nodes(modules, kinds) / lines:.1f}"
    for label, find in (
        ("nested comprehensions", find_nested_comprehensions),
        (f"lines over {LINE_BYTES} bytes", find_long_lines),
        ("calls with six and more positional arguments", find_wide_calls),
    ):
        yield f"{label}: {sum(len(find(module)) for module in modules)}"


if __name__ == "__main__":
    print("\n".join(report()))  # noqa: T201 - what `make measure` shows
