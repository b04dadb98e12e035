"""Findings: what an investigator has found, before anybody asks whose dollars are whose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.quoting import Elsewhere
from chalicelib.recommendations.slices import Slice


class AdviceCategory(StrEnum):
    """What an advice is about."""

    WASTE = "waste"
    SURPRISE = "surprise"
    CONCENTRATION = "concentration"
    RELIABILITY = "reliability"
    OUTCOME = "outcome"


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Role(StrEnum):
    """Who would see to it."""

    PLATFORM = "platform_engineer"
    AI = "ai_engineer"
    DEVOPS = "devops"
    FINOPS = "finops_lead"
    PRODUCT = "product_owner"


@dataclass(frozen=True, slots=True)
class Entity:
    """What a finding is about: a value of a dimension of the contract."""

    dimension: str
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A request to an operation of ours, whose answer holds a figure at `member`: a path as in RFC
    9535 (JSONPath)."""

    path: str
    parameters: Sequence[tuple[str, str]]
    member: str
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a finding, and the query that gives it."""

    name: str
    value: Decimal
    unit: str
    query: Query


@dataclass(frozen=True, slots=True)
class Input:
    """A number that a saving is made of. `query` None: the workings of the rule tell it, by its
    name."""

    name: str
    value: Decimal
    unit: str
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """How the saving of a finding, in USD, is made of `inputs`: their names, whole numbers, + - * /
    and brackets, `min` and `max`, exact but for one rounding at the end (half to even at a
    billionth). "costUsd" is what the calls cost, "savedUsd" what another price saves of it."""

    formula: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What people read. `what` and `why` are sentences; steps are orders."""

    title: str
    why: str
    action: str
    steps: tuple[str, ...]
    role: Role
    reference: tuple[str, str] | None = None
    """Where the rule comes from: a label and a URL."""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What was found of some calls.

    `savings` are nano-USD by cell, never more than the cell cost. `most` limits them in all.
    `beside` are nano-USD that no cell holds: of calls of tools, of seats. `risk` tells what is at
    stake in numbers where that is no money saved, and `severity` how bad that is; both are empty
    else. `certainty` is how sure the rule itself is, between 0 and 1.
    """

    rule: str
    category: AdviceCategory
    slice: Slice
    entities: tuple[Entity, ...]
    advice: Advice
    certainty: Decimal
    savings: Mapping[Cell, int] = field(default_factory=dict)
    most: int | None = None
    beside: int = 0
    risk: str = ""
    severity: Severity | None = None
    elsewhere: Elsewhere | None = None
    """The other price that the savings are made of, where they are."""
    saving: Saving | None = None
    """How the savings are made, where they are neither the whole cost nor of another price."""
    figures: tuple[Figure, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Further facts of the rule, by name."""
    monthly: int = 0
    """Nano-USD a month, where no call is behind it: nothing is estimated of these."""

    def worth(self, free: Mapping[Cell, bool] | None = None) -> int:
        """Nano-USD that it would save, of all cells or of those that are `free`."""
        total = 0
        for cell, saving in self.savings.items():
            if free is None or free[cell]:
                total += min(saving, cell.cost)
        return (total if self.most is None else min(total, self.most)) + self.beside
