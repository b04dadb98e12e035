"""A trie of path templates: finds the operation of a path in time that depends on its depth
alone."""

from typing import Generic, TypeVar
from urllib.parse import unquote

Leaf = TypeVar("Leaf")


class _Node(Generic[Leaf]):
    __slots__ = ("greedy", "leaves", "parameter", "statics")

    def __init__(self) -> None:
        self.statics: dict[str, _Node[Leaf]] = {}
        self.parameter: _Node[Leaf] | None = None
        self.greedy: _Node[Leaf] | None = None
        self.leaves: dict[str, tuple[Leaf, tuple[str, ...]]] = {}


class Trie(Generic[Leaf]):
    """Templates such as /a/{id}/b. A literal segment wins over a parameter; a trailing slash does
    not matter.

    A last segment {name+} takes the whole rest of the path, slashes included, where nothing else
    matches: gateways hand names over with their slashes encoded or decoded.
    """

    def __init__(self) -> None:
        self._root: _Node[Leaf] = _Node()

    def add(self, method: str, template: str, leaf: Leaf) -> None:
        """Register a leaf. Raises ValueError when the method and template are taken."""
        node, names = self._root, []
        for segment in template.strip("/").split("/"):
            if segment.endswith("+}"):
                names.append(segment[1:-2])
                node.greedy = node.greedy or _Node()
                node = node.greedy
            elif segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.statics.setdefault(segment, _Node())
        if method in node.leaves:
            raise ValueError(f"{method} {template} is declared twice")
        node.leaves[method] = (leaf, tuple(names))

    def methods(self, path: str) -> list[str]:
        """The methods that a path has; none when it is unknown."""
        return sorted({method for node, _ in self._walk(path) for method in node.leaves})

    def find(self, method: str, path: str) -> tuple[Leaf, dict[str, str]] | None:
        """The leaf of a method and path, with the decoded values of its parameters."""
        for node, values in self._walk(path):
            if method in node.leaves:
                leaf, names = node.leaves[method]
                return leaf, dict(zip(names, values, strict=True))
        return None

    def _walk(self, path: str) -> list[tuple[_Node[Leaf], tuple[str, ...]]]:
        """The nodes that match a path, the most literal first."""
        states: list[tuple[_Node[Leaf], tuple[str, ...]]] = [(self._root, ())]
        caught: list[tuple[_Node[Leaf], tuple[str, ...]]] = []
        segments = path.strip("/").split("/")
        for at, segment in enumerate(segments):
            following = []
            for node, values in states:
                if node.greedy is not None and segment:
                    caught.insert(0, (node.greedy, (*values, unquote("/".join(segments[at:])))))
                if segment in node.statics:
                    following.append((node.statics[segment], values))
                if node.parameter is not None and segment:
                    following.append((node.parameter, (*values, unquote(segment))))
            states = following
        return states + caught
