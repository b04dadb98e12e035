"""The families of operations: base path, error envelope and the statuses that each operation may
answer."""

from chalicelib.kit.http.envelopes import AnalyticsEnvelope, ApiEnvelope, PlatformEnvelope
from chalicelib.kit.http.operations import Defaults, Family

_TEAM_ID = frozenset(("teamId",))
_RECORD_IDS = _TEAM_ID | {
    "anomalyId", "id", "dimensionId", "invoiceId", "organizationId", "organizationIds", "parentId",
    "productId", "productIds", "teamIds", "userIds",
}  # fmt: skip
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
    ids=_TEAM_ID,
    defaults=Defaults(read_scope="read", write_scope="write"),
)
"""Reports. A team may be named; it must be the key's own."""
PLATFORM = Family(
    "platform",
    "/profitstream/v2/api",
    PlatformEnvelope(),
    (400, 401, 403, 413, 500),
    team_parameter="teamId",
    ids=_RECORD_IDS,
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
    ids=_TEAM_ID,
    defaults=Defaults(read_scope="metering", write_scope="metering"),
)
"""What SDKs call without a prefix, because they keep only the origin of their base URL."""
OPEN = Family("open", "", ApiEnvelope(), (500,))
"""What anybody may read: the contract itself and the health of the service."""
FAMILIES = (METER, ANALYTICS, PLATFORM, SDK, OPEN)
"""The last one also answers for paths outside every base."""
TAGS = {
    "alerts_budgets": "What may be used, and what is to happen when it is gone.",
    "analytics": "Reports: what calls, tools and jobs cost, earned and took, over time or in all.",
    "catalog": "Who and what: tenants, teams, users, organizations, products, sources …",
    "charts": "What may be drawn, the charts that a team keeps, and their numbers.",
    "coding_billing": "What providers bill, and coding assistants: seats, pull requests.",
    "credentials_invoices": "Credentials of customers, and what they are billed.",
    "ingest": "What SDKs, exporters and assistants send: calls of models, tools and APIs, OTLP.",
    "jobs": "Agentic jobs: what they did, what came of them, and what that is worth.",
    "metrics": "What was metered, call by call: lists, single records, prompts, deletes.",
    "models_pricing": "Models and their prices: the list's, and a team's own.",
    "notices": "Who is told what happened: by mail, in Slack, by webhooks; and what arrived.",
    "recommendations": "What could be done about the spend, ranked, and what came of it.",
    "sdk": "What SDKs ask without a prefix, because they keep only the origin of their base URL.",
    "service": "What anybody may read: this document, and whether the service is well.",
    "traces_squads": "Runs of agents: what a trace did and waited for, who called whom, squads.",
}
"""Groups of operations, as routers name them, in words."""
