"""What AWS did to us that no caller can help."""

from chalicelib.kit.errors import MeterlakeError


class AwsFault(MeterlakeError):
    """A service answered success and yet did not do all of it (500)."""
