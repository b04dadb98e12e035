"""The older reports, each declared in a few lines: what the analytics tell, by period words, in two
other shapes (an array of windows over time, or one window), durations in milliseconds."""

from collections.abc import Sequence
from typing import Any

from chalicelib.directory.registry import ORGANIZATION as ORGANIZATION_KIND
from chalicelib.directory.registry import PRODUCT as PRODUCT_KIND
from chalicelib.lake.dimensions import AGENT, API_KEY, MODEL, ORGANIZATION, PRODUCT, PROVIDER
from chalicelib.reports import metrics
from chalicelib.reports.catalogue import TOKEN_TYPES
from chalicelib.reports.facts import CHARGES
from chalicelib.reports.metrics import RUNS, Unit
from chalicelib.reports.older_declarations import (
    Aggregation,
    Entity,
    Narrowing,
    OlderReport,
    TokenType,
)

_AGENT = Entity("AGENT", "agent", AGENT, averages=True)
_PROVIDER = Entity("PROVIDER", "provider", PROVIDER, by_models=True)
_MODEL = Entity("MODEL", "model", MODEL, is_iso=True)
_CREDENTIAL = Entity("CREDENTIAL", "credentialName", API_KEY, "credentialId")
_ORGANIZATION = Entity("ORGANIZATION", "organizationName", ORGANIZATION, "organizationId")
_PRODUCT = Entity("PRODUCT", "productName", PRODUCT, "productId")
_TEAM = Entity("TEAM", "teamName", None, "teamId")


_AGENTS = Narrowing("agents", AGENT.column)
_PROVIDERS = Narrowing("providers", PROVIDER.column)
_MODELS = Narrowing("models", MODEL.column)
_CREDENTIALS = Narrowing("credentials", API_KEY.ident)
_ORGANIZATIONS = Narrowing("organizations", ORGANIZATION.column, ORGANIZATION_KIND)
_PRODUCTS = Narrowing("products", PRODUCT.column, PRODUCT_KIND)
_TEAMS = Narrowing("teams", "")


_COST, _TIME, _REVENUE = metrics.cost(), metrics.duration(Unit.PLAIN), metrics.revenue()


def _cost(
    slug: str,
    operation: str,
    entity: Entity,
    *narrowings: Narrowing,
    **options: Any,  # noqa: ANN401 - further members of an OlderReport
) -> OlderReport:
    label = f"Cost by {entity.word.lower()}"
    return OlderReport(
        slug, operation, label, entity, word="COST", formula=_COST, narrowings=narrowings, **options
    )


def _time(slug: str, operation: str, entity: Entity, *narrowings: Narrowing) -> OlderReport:
    return OlderReport(
        slug,
        operation,
        f"Response time by {entity.word.lower()}",
        entity,
        word="RESPONSE_TIME",
        formula=_TIME,
        default=Aggregation.MEAN,
        narrowings=narrowings,
    )


def _revenue(
    slug: str, operation: str, entity: Entity, *narrowings: Narrowing, share: bool = False
) -> OlderReport:
    return OlderReport(
        slug,
        operation,
        f"Revenue by {entity.word.lower()}",
        entity,
        word="PERCENTAGE_REVENUE" if share else "REVENUE",
        formula=_REVENUE,
        fact=CHARGES,
        default=None if share else Aggregation.TOTAL,
        narrowings=narrowings,
        share=share,
    )


def _calls(slug: str, operation: str, *, over_time: bool = False) -> OlderReport:
    return OlderReport(
        slug,
        operation,
        "Calls by agent",
        _AGENT,
        word="CALL_COUNT",
        formula=RUNS,
        over_time=over_time,
        default=None,
        narrowings=(_AGENTS,),
    )


OLDER_REPORTS: Sequence[OlderReport] = (
    _cost(
        "total-cost-by-provider-over-time",
        "get_total_cost_by_provider_over_time",
        _PROVIDER,
        _PROVIDERS,
        over_time=True,
        default=None,
    ),
    _cost(
        "cost-metric-by-provider-over-time",
        "get_cost_metric_by_provider_over_time",
        _PROVIDER,
        _PROVIDERS,
        over_time=True,
    ),
    _cost("cost-metric-by-provider", "get_total_cost_by_provider", _PROVIDER, _PROVIDERS),
    _cost("cost-metric-by-model", "get_cost_metric_by_model", _MODEL, _MODELS),
    _cost(
        "total-cost-by-model",
        "get_total_cost_by_model",
        _MODEL,
        Narrowing("provider", PROVIDER.column, several=False),
    ),
    _cost(
        "cost-metric-by-model-over-time",
        "get_cost_by_model_over_time",
        _MODEL,
        _MODELS,
        over_time=True,
        aliases=("cost-by-model-over-time",),
    ),
    _cost(
        "cost-metrics-by-subscriber-credential",
        "get_cost_by_credential",
        _CREDENTIAL,
        _CREDENTIALS,
        over_time=True,
    ),
    _cost(
        "cost-metric-by-organization",
        "get_cost_metric_by_organization",
        _ORGANIZATION,
        _ORGANIZATIONS,
    ),
    _cost("cost-metric-by-product", "get_cost_metric_by_product", _PRODUCT, _PRODUCTS),
    _cost(
        "cost-metric-by-agents",
        "get_cost_metric_by_agents",
        _AGENT,
        _AGENTS,
        aliases=("cost-metrics-by-agents",),
    ),
    _cost(
        "cost-metrics-by-agents-over-time",
        "get_cost_metrics_by_agent_over_time",
        _AGENT,
        _AGENTS,
        over_time=True,
    ),
    _cost(
        "cost-metrics-by-team-over-time",
        "get_cost_metrics_by_team_over_time",
        _TEAM,
        _TEAMS,
        over_time=True,
    ),
    _calls("call-count-metrics-by-agents", "get_call_count_metrics_by_agent"),
    _calls(
        "call-count-metrics-by-agents-over-time",
        "get_call_count_metrics_by_agents_over_time",
        over_time=True,
    ),
    _time(
        "performance-metric-by-provider",
        "get_performance_metrics_by_provider",
        _PROVIDER,
        _PROVIDERS,
    ),
    _time("performance-metric-by-model", "get_performance_metric_by_model", _MODEL, _MODELS),
    _time("performance-metrics-by-agents", "get_performance_metrics_by_agent", _AGENT, _AGENTS),
    OlderReport(
        "tokens-per-minute-by-provider",
        "get_tokens_per_minute_by_provider",
        "Tokens a minute by provider",
        _PROVIDER,
        word="TOKENS_PER_MINUTE",
        formula=metrics.tokens_per_minute(TOKEN_TYPES["TOTAL"]),
        over_time=True,
        default=None,
        narrowings=(_PROVIDERS,),
        parameters={"tokenType": (TokenType, TokenType("TOTAL"))},
    ),
    _revenue(
        "revenue-metric-by-organization",
        "get_revenue_metric_by_organization",
        _ORGANIZATION,
        _ORGANIZATIONS,
        _PRODUCTS,
    ),
    _revenue("revenue-metric-by-product", "get_revenue_metric_by_product", _PRODUCT, _PRODUCTS),
    _revenue(
        "percentage-revenue-metric-by-organization",
        "get_percentage_revenue_metric_by_organization",
        _ORGANIZATION,
        _ORGANIZATIONS,
        share=True,
    ),
    _revenue(
        "percentage-revenue-metric-by-product",
        "get_percentage_revenue_metric_by_product",
        _PRODUCT,
        _PRODUCTS,
        share=True,
    ),
)
