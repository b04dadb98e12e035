"""The families of operations: base path, error envelope and the statuses that each operation may
answer."""

from chalicelib.kit.http.envelopes import AnalyticsEnvelope, ApiEnvelope, PlatformEnvelope
from chalicelib.kit.http.operations import Defaults, Family

METER = Family(
    "meter",
    "/meter/v2",
    ApiEnvelope(),
    (400, 401, 403, 413, 429, 500),
    exact=False,
    defaults=Defaults(read_scope="read", write_scope="metering"),
)
"""What SDKs and exporters post. Records are never refused over the team or tenant named in the
query."""
ANALYTICS = Family(
    "analytics",
    "/api/v2",
    AnalyticsEnvelope(),
    (400, 401, 403, 500, 503),
    team_parameter="teamId",
    defaults=Defaults(read_scope="read", write_scope="write"),
)
"""Reports. A team may be named; it must be the key's own."""
PLATFORM = Family(
    "platform",
    "/profitstream/v2/api",
    PlatformEnvelope(),
    (400, 401, 403, 413, 500),
    team_parameter="teamId",
    defaults=Defaults("read", "write", read_errors=(404,), write_errors=(404, 409)),
)
"""Records: what is configured, bought, priced and billed. A team may be named; it must be the key's
own."""
SDK = Family(
    "sdk",
    "/v2",
    ApiEnvelope(),
    (400, 401, 403, 500),
    team_parameter="teamId",
    defaults=Defaults(read_scope="metering", write_scope="metering"),
)
"""What SDKs call without a prefix, because they keep only the origin of their base URL."""
OPEN = Family("open", "", ApiEnvelope(), (500,))
"""What anybody may read: the contract itself and the health of the service."""
FAMILIES = (METER, ANALYTICS, PLATFORM, SDK, OPEN)
"""The last one also answers for paths outside every base."""
