"""Keys: the group of an execution in SQL, as two columns: `group_name`, the spelling of a name that
stands for the group, and `group_execution`, where a group was made without a name."""

from collections.abc import Sequence

from chalicelib.lake.sql import Sql, bind_list, join_sql
from chalicelib.squads.grouping import GroupKey, Groups


def key_columns(groups: Groups) -> Sql:
    """Both columns, from `first_name` and `squad_id`. Only names that do not stand for themselves
    are spelled out."""
    led: dict[str, list[str]] = {}
    owned: dict[str, list[str]] = {}
    blank = [""]
    for name, key in groups.by_name.items():
        if key.execution:
            owned.setdefault(key.execution, []).append(name)
        elif groups.spellings[key] != name:
            led.setdefault(groups.spellings[key], []).append(name)
    without = [*blank, *(name for names in owned.values() for name in names)]
    shown = _case([*led.items(), ("", without)], "first_name")
    own = Sql("case when first_name in ") + bind_list(blank) + Sql(" then squad_id")
    execution = own + _cases(list(owned.items())) + Sql(" else ? end", ("",))
    return shown + Sql(" as group_name, ") + execution + Sql(" as group_execution")


def of_group(key: GroupKey, groups: Groups) -> Sql:
    """The condition that both columns are those of a group."""
    name = "" if key.execution else groups.spellings.get(key, key.name)
    return Sql("(group_name = ? and group_execution = ?)", (name, key.execution))


def _case(cases: Sequence[tuple[str, Sequence[str]]], otherwise: str) -> Sql:
    return Sql("case") + _cases(cases) + Sql(f" else {otherwise} end")


def _cases(cases: Sequence[tuple[str, Sequence[str]]]) -> Sql:
    """What some first names lead to."""
    pieces: list[Sql] = []
    for value, names in cases:
        among = Sql(" when first_name in ") + bind_list(list(names))
        pieces.append(among + Sql(" then ?", (value,)))
    return join_sql("", pieces)
