"""Errors of budgets."""

from chalicelib.kit.errors import MeterlakeError


class Unprocessable(MeterlakeError):
    """Parameters that are well-formed and make no sense together (422)."""

    status, code = 422, "UNPROCESSABLE"
