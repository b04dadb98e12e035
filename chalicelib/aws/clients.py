"""boto3 clients: made when first used, once per process, because each costs tens of milliseconds of
a cold start."""

from threading import Lock
from typing import Any

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 10
ATTEMPTS = 4
"""Of one call, the first included; botocore backs off between them."""
POOL = 50
"""Connections kept open per service."""


class Clients:
    """The clients of one region. Thread-safe: boto3's default session is not, hence the lock."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def get(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its client classes at run time
        """The client of a service by its botocore name."""
        client = self._made.get(service)
        return client if client is not None else self._make(service)

    def _make(self, service: str) -> Any:  # noqa: ANN401
        import boto3
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            max_pool_connections=POOL,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        with self._lock:
            if service not in self._made:
                self._made[service] = boto3.client(service, region_name=self._region, config=config)
            return self._made[service]


def code_of(error: Exception) -> str:
    """The error code of a botocore ClientError, or of the pynamodb error around it; empty for
    others."""
    cause = getattr(error, "cause", None) or error
    response: dict[str, dict[str, str]] = getattr(cause, "response", None) or {}
    return response.get("Error", {}).get("Code", "")
