"""Sums: rows drawn together by keys, to the last digit. Needs pyarrow."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

_MOST = 2**63 - 1


class DoesNotFit(OverflowError):
    """A sum that 64 bits do not hold. Arrow's own would turn negative without a word."""


def group_rows(rows: pa.Table, keys: Sequence[str], kinds: Mapping[str, str]) -> pa.Table:
    """One row a group, the named columns drawn together as their kind says: sum, min or max. Raises
    DoesNotFit."""
    wide: list[str] = []
    for name, kind in kinds.items():
        if kind == "sum" and _may_grow_too_large(rows[name]):
            wide.append(name)
    for name in wide:
        rows = _cast_column(rows, name, pa.decimal128(38))
    sums = rows.group_by(list(keys), use_threads=False).aggregate(list(kinds.items()))
    names = {f"{name}_{kind}": name for name, kind in kinds.items()}
    sums = sums.rename_columns([names.get(name, name) for name in sums.schema.names])
    for name in wide:
        try:
            sums = _cast_column(sums, name, pa.int64())
        except pa.ArrowInvalid as error:
            raise DoesNotFit(f"a sum of {name} does not fit into 64 bits") from error
    return sums


def _cast_column(rows: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, rows[name].cast(kind))


def _may_grow_too_large(column: pa.ChunkedArray) -> bool:
    ends = pc.min_max(column).as_py()
    largest = max(abs(end or 0) for end in ends.values())
    return bool(largest * len(column) > _MOST)
