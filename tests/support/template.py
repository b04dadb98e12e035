"""Reads infra/template.yaml as data: short tags as mappings, references resolved."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "infra" / "template.yaml"
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    build = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence}
    value: Any = build.get(type(node), loader.construct_mapping)(node, **_deep(node))
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _deep(node: yaml.Node) -> dict[str, bool]:
    return {} if isinstance(node, yaml.ScalarNode) else {"deep": True}


_Loader.add_multi_constructor("!", _tagged)


@cache
def load() -> dict[str, Any]:
    """The template; `!Ref X` reads as {"Ref": "X"}, `!Sub x` as {"Fn::Sub": "x"} and so on."""
    loaded: dict[str, Any] = yaml.load(TEMPLATE.read_text(), _Loader)
    return loaded


def resolve(node: Any, values: Mapping[str, Any]) -> Any:
    """The node with references replaced from `values`, whose keys are `Name` and
    `Name.Attribute`."""
    if isinstance(node, list):
        return [resolve(each, values) for each in node]
    if not isinstance(node, dict):
        return node
    if "Ref" in node:
        return values[node["Ref"]]
    if "Fn::GetAtt" in node:
        return values[node["Fn::GetAtt"]]
    if "Fn::Sub" in node:
        return _PLACEHOLDER.sub(lambda match: _substitute(match, values), node["Fn::Sub"])
    if "Fn::Join" in node:
        separator, parts = resolve(node["Fn::Join"], values)
        return separator.join(parts)
    if "Fn::Split" in node:
        separator, text = resolve(node["Fn::Split"], values)
        return text.split(separator)
    return {name: resolve(each, values) for name, each in node.items()}


def _substitute(match: re.Match[str], values: Mapping[str, Any]) -> str:
    literal, name = match.groups()
    return f"${{{name}}}" if literal else str(values[name])
