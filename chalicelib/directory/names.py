"""Names: whom a record belongs to, by what the client wrote."""

from dataclasses import dataclass

Key = tuple[str, ...]
"""Names as a part of a key of what is remembered."""


@dataclass(kw_only=True)
class Names:
    """Whom a record belongs to, by the names that the client wrote; empty where it says nothing.

    One is made for every call: it is not frozen because that would cost three times as much, but
    nobody changes one that is made. It has no slots so that `of` need not set what is not told.
    """

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

    @classmethod
    def of(cls, told: dict[str, str]) -> "Names":
        """From the names that are told, by the members; it keeps the dictionary."""
        names = cls.__new__(cls)
        names.__dict__ = told
        return names

    def subscriber_key(self) -> Key:
        """The names that tell a subscriber and its credential."""
        return (
            self.subscriber_id,
            self.subscriber_email,
            self.credential_name,
            self.credential_value,
        )

    def owner_key(self) -> Key:
        """The names that tell the owners of a record beside its subscriber and its job."""
        return (self.organization, self.product, self.agent)

    def job_key(self) -> Key:
        """The names that tell a job and what a call teaches us of it."""
        return (self.job_id, self.job_name, self.job_type, self.job_version, self.environment)
