"""Selecting: which calls a rule counts, by the names that they go by.

A customer, a product and a credential are known by the name that calls told and by the id of their
record; calls tell names, so the ids of a filter are looked up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator
from chalicelib.directory.registry import CREDENTIAL
from chalicelib.directory.registry import ORGANIZATION as ORGANIZATION_KIND
from chalicelib.directory.registry import PRODUCT as PRODUCT_KIND
from chalicelib.kit.ids import number_of
from chalicelib.lake.dimensions import (
    AGENT,
    API_KEY,
    MODEL,
    ORGANIZATION,
    PRODUCT,
    PROVIDER,
    TASK,
    TEAM,
    USER,
    Dimension,
)
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_many
from chalicelib.resources.roster import ALERTED, BUDGETED

_NOBODY = ""
_PERSON = (replace(TEAM, absent=_NOBODY), replace(USER, absent=_NOBODY))
DIMENSIONS: Mapping[AlertDimension, tuple[Dimension, ...]] = {
    AlertDimension.ORGANIZATION: (replace(ORGANIZATION, absent=_NOBODY),),
    AlertDimension.PRODUCT: (replace(PRODUCT, absent=_NOBODY),),
    AlertDimension.CREDENTIAL: (replace(API_KEY, absent=_NOBODY),),
    AlertDimension.MODEL: (replace(MODEL, absent=_NOBODY),),
    AlertDimension.PROVIDER: (replace(PROVIDER, absent=_NOBODY),),
    AlertDimension.AGENT: (replace(AGENT, absent=_NOBODY),),
    AlertDimension.TASK_TYPE: (replace(TASK, absent=_NOBODY),),
    AlertDimension.SUBSCRIBER: _PERSON,
}
"""The dimensions of calls behind those of rules; of persons, their id and their e-mail address."""
_KINDS = {
    AlertDimension.ORGANIZATION: ORGANIZATION_KIND,
    AlertDimension.PRODUCT: PRODUCT_KIND,
    AlertDimension.CREDENTIAL: CREDENTIAL,
}
"""The records whose ids may stand in a filter."""
_WHOLE = (AlertFilterOperator.IS, AlertFilterOperator.IS_NOT, AlertFilterOperator.IN)
"""Operators that compare whole values, which an id is."""


class Selection(Protocol):
    """Calls that a rule counts, and how it groups them."""

    @property
    def filters(self) -> Sequence[RuleFilter]:
        """All of which must hold."""

    @property
    def group_by(self) -> AlertDimension | None:
        """A value for each of its own; None: one in all."""


def list_dimensions(rule: Selection) -> tuple[Dimension, ...]:
    """All dimensions that a rule looks at."""
    wanted = [each.dimension for each in rule.filters]
    if rule.group_by:
        wanted.append(rule.group_by)
    found: dict[Dimension, None] = {}
    for each in wanted:
        found.update(dict.fromkeys(DIMENSIONS[each]))
    return tuple(found)


Renames = Mapping[str, Mapping[str, str]]
"""By column, the names of today by those, in lower case, that calls may have told."""


def resolve_filters(
    world: World, team: Scope, filters: Sequence[RuleFilter], renames: Renames
) -> list[RuleFilter]:
    """The filters, with the names of today beside ids of records and beside former names."""
    return [
        replace(each, values=tuple(dict.fromkeys(_spell(world, team, each, renames))))
        for each in filters
    ]


def _spell(world: World, team: Scope, each: RuleFilter, renames: Renames) -> Iterator[str]:
    yield from each.values
    if each.operator not in _WHOLE:
        return
    names = _find_names(world, team, each)
    (column,) = (dimension.column for dimension in DIMENSIONS[each.dimension][:1])
    former = renames.get(column, {})
    for value in each.values:
        if value in names:
            yield names[value]
        if today := former.get(value.lower()):
            yield today


def _find_names(world: World, team: Scope, each: RuleFilter) -> Mapping[str, str]:
    """The names of the records whose ids a filter holds."""
    kind = _KINDS.get(each.dimension)
    ids = [value for value in each.values if number_of(value) is not None]
    if kind is None or not ids:
        return {}
    names: dict[str, str] = {}
    for scope in _list_scopes(world, team):
        for identity, record in read_many(world, scope, kind, ids).items():
            names[identity] = record.name
    return names


def _list_scopes(world: World, team: Scope) -> Iterator[Scope]:
    """The team and, because customers belong to all of it, its tenant."""
    yield team
    for roster in (BUDGETED, ALERTED):
        if record := roster.find(world.documents, team):
            yield Scope(record.doc["tenant"])
            return


@dataclass(frozen=True, slots=True)
class CallNames:
    """The names that some calls go by, by column, in the names of today; empty where they have
    none."""

    names: Mapping[str, str]

    @classmethod
    def of_group(cls, by: Sequence[Dimension], names: Sequence[str | None]) -> "CallNames":
        """Those of a group that the lake answers, by its dimensions."""
        return cls({each.column: name or "" for each, name in zip(by, names, strict=True)})

    @classmethod
    def of_row(
        cls, columns: Sequence[str], row: Mapping[str, Any], renames: Renames
    ) -> "CallNames":
        """Those of a call, in some columns of its row."""
        return cls({column: _rename(renames, column, row.get(column) or "") for column in columns})

    def first(self, dimension: AlertDimension) -> str:
        """The name by a dimension of rules; empty where they have none."""
        for each in DIMENSIONS[dimension]:
            if name := self.names[each.column]:
                return name
        return ""

    def pass_filters(self, filters: Sequence[RuleFilter]) -> bool:
        """Whether the calls pass all filters."""
        return all(self._pass(each) for each in filters)

    def place_in(self, rule: Selection) -> str | None:
        """The group of a rule that the calls count in, the empty text where it has none; None when
        they do not count in it at all."""
        if not self.pass_filters(rule.filters):
            return None
        return (self.first(rule.group_by) or None) if rule.group_by else ""

    def _pass(self, wanted: RuleFilter) -> bool:
        """Providers are compared whatever their case, and so are persons; a person goes by id and
        by e-mail address."""
        folds = wanted.dimension in (AlertDimension.PROVIDER, AlertDimension.SUBSCRIBER)
        names = [self.names[each.column] for each in DIMENSIONS[wanted.dimension]]
        values: Sequence[str] = wanted.values
        if folds:
            names = [name.strip().lower() for name in names]
            values = [value.strip().lower() for value in values]
        return compare_names(wanted.operator, names, values)


def compare_names(
    operator: AlertFilterOperator, names: Sequence[str], values: Sequence[str]
) -> bool:
    """Whether something that goes by several names, empty ones left out, is what a filter says."""
    hits = [compare(operator, name, values) for name in names if name]
    return all(hits) if operator is AlertFilterOperator.IS_NOT else any(hits)


def _rename(renames: Renames, column: str, name: str) -> str:
    former = renames.get(column)
    return former.get(name.lower(), name) if former else name


def compare(operator: AlertFilterOperator, name: str, values: Sequence[str]) -> bool:
    """Whether a name is what a filter wants; `values` has several with IN alone."""
    if operator is AlertFilterOperator.CONTAINS:
        return values[0] in name
    if operator is AlertFilterOperator.STARTS_WITH:
        return name.startswith(values[0])
    if operator is AlertFilterOperator.ENDS_WITH:
        return name.endswith(values[0])
    return (name in values) is not (operator is AlertFilterOperator.IS_NOT)
