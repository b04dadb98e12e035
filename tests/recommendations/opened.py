"""Opening what an advice says: a figure is asked of the operation that it names, and a saving is
made anew of its figures."""

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.client import Client

_PART = re.compile(r"\.([A-Za-z_]+)|\[(\d+)\]|\[\?@\.([A-Za-z]+)=='((?:[^'\\]|\\.)*)'\]")

_OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def find_member(body: Any, path: str) -> Any:
    """What stands at a JSONPath of ours: names, indexes, and elements whose member is a text."""
    assert path.startswith("$")
    assert "".join(part[0] for part in _PART.finditer(path)) == path[1:]
    for part in _PART.finditer(path):
        name, index, member, text = part.groups()
        if name:
            body = body[name]
        elif index:
            body = body[int(index)]
        else:
            wanted = re.sub(r"\\(.)", r"\1", text)
            (body,) = [each for each in body if each[member] == wanted]
    return body


def open_figure(client: Client, figure: dict[str, Any]) -> tuple[Decimal, Any]:
    """A figure as its query gives it, and the whole answer."""
    query = figure["query"]
    assert query["method"] == "GET"
    parameters = [(each["name"], each["value"]) for each in query["parameters"]]
    answer = client.get(query["path"], parameters)
    assert answer.status == 200, answer.body
    return Decimal(str(find_member(answer.json, query["member"]))), answer.json


def recompute(client: Client, saving: dict[str, Any]) -> Decimal:
    """The saving of an advice by its formula, from what the queries of its inputs answer: USD, with
    one rounding at the end."""
    known: dict[str, Fraction] = {}
    for told in saving["inputs"]:
        found, _ = open_figure(client, told)
        assert found == Decimal(str(told["value"])), told
        known[told["name"]] = Fraction(found)
    return calculate(saving["formula"], known)


def calculate(formula: str, known: dict[str, Fraction]) -> Decimal:
    """A formula of names, whole numbers, + - * / and brackets, min and max: exact, and rounded half
    to even at a billionth."""

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(int(number)):
                return Fraction(number)
            case ast.Name(name):
                return known[name]
            case ast.BinOp(left, operation, right):
                return _OPERATIONS[type(operation)](value(left), value(right))
            case ast.Call(ast.Name("min" | "max" as name), arguments):
                return (min if name == "min" else max)(*map(value, arguments))
        raise AssertionError(f"no formula of ours: {ast.dump(node)}")

    nano = round(value(ast.parse(formula, mode="eval").body) * 10**9)
    return Decimal(nano).scaleb(-9)
