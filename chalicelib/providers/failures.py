"""What can go wrong at a provider."""

from chalicelib.kit.errors import MeterlakeError


class CredentialRefused(MeterlakeError):
    """The provider does not know the token, or the token may not do this (422). `upstream` is the
    status that it answered, 0 for none: 401 where it knows no such token."""

    status, code = 422, "CREDENTIAL_REFUSED"

    def __init__(self, message: str, upstream: int = 0) -> None:
        super().__init__(message)
        self.upstream = upstream


class ProviderFailed(MeterlakeError):
    """The provider did not answer what was asked, however often it was asked (502). `upstream` is
    the status that it answered, 0 for none."""

    status, code = 502, "UPSTREAM_FAILED"

    def __init__(self, message: str, upstream: int = 0) -> None:
        super().__init__(message)
        self.upstream = upstream


class ProviderThrottled(ProviderFailed):
    """The provider wants to be left alone for longer than a run lasts (502)."""

    code = "UPSTREAM_THROTTLED"


class AnswerUnreadable(ProviderFailed):
    """The provider answered something else than JSON of the expected shape (502)."""

    code = "UPSTREAM_UNREADABLE"
