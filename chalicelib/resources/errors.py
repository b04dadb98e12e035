"""Refusals that every resource shares. Clients tell the first two apart by their texts."""

from chalicelib.kit.errors import Invalid, MeterlakeError, NotFound

MOST_SHOWN = 64
"""Characters of a client's text that a refusal repeats."""


class UndecodableId(Invalid):
    """The text is no hashid (400)."""

    code = "INVALID_ID"

    def __init__(self, text: str, field: str = "id") -> None:
        super().__init__(f"Failed to decode hashed Id: [{text[:MOST_SHOWN]}]", field=field)


class UnknownRecord(NotFound):
    """No such record, or one that was deleted (404)."""

    def __init__(self, name: str, value: str, by: str = "ID") -> None:
        field = "id" if by == "ID" else by
        super().__init__(f"Couldn't find {name} with {by}: {value}", field=field)


class Duplicate(MeterlakeError):
    """Another record holds what must be unique (409)."""

    status, code = 409, "ALREADY_EXISTS"

    def __init__(self, name: str, field: str, value: object) -> None:
        super().__init__(f"{name} with {field} {value!r} already exists", field=field)


class InUse(MeterlakeError):
    """Others need the record, so it stays (409)."""

    status, code = 409, "IN_USE"


class TooMany(Invalid):
    """There are more records than are searched or sorted in one request (400)."""

    code = "TOO_MANY_RECORDS"
