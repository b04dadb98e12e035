"""Names: whom a record belongs to, by what the client wrote."""

from typing import NamedTuple


class Names(NamedTuple):
    """Whom a record belongs to, by the names that the client wrote; empty where it says nothing."""

    organization: str = ""
    product: str = ""
    agent: str = ""
    subscriber_id: str = ""
    """The caller's own id of its user."""
    subscriber_email: str = ""
    credential_name: str = ""
    credential_value: str = ""
    """The key itself: never stored, only its keyed hash."""
    job_id: str = ""
    job_name: str = ""
    job_type: str = ""
    job_version: str = ""
    environment: str = ""


NOBODY = Names()
