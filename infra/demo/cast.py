"""Who appears in the demo: customers and their people, agents and what they use. Invented, apart
from the models."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Customer:
    """`weight` is its share of the traffic at the start; `growth` multiplies that by the end of the
    month."""

    name: str
    domain: str
    weight: float
    growth: float
    people: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a client names it on the wire."""

    provider: str
    name: str
    source: str
    caches: bool
    gross: bool = False
    """Its client counts cache reads inside the input tokens."""
    speed: float = 60.0
    """Output tokens a second."""


@dataclass(frozen=True, slots=True)
class Agent:
    """`models` are (name in MODELS, weight); tokens are medians of a call."""

    name: str
    version: str
    product: str
    weight: float
    tasks: tuple[str, ...]
    trace: str
    models: tuple[tuple[str, float], ...]
    input: int
    output: int
    calls: float
    """Mean calls of one trace."""
    streams: float = 0.0
    job: str = ""
    operation: str = "CHAT"
    nightly: bool = False
    """Runs from 01:00 to 05:00 UTC through the vendor's batch interface, weekends included."""
    squad: str = ""


MODELS = {
    model.name: model
    for model in (
        Model("OPENAI", "gpt-4o", "OPENAI", caches=True, gross=True, speed=85),
        Model("OPENAI", "gpt-4o-mini", "OPENAI", caches=True, gross=True, speed=110),
        Model("OPENAI", "gpt-5", "OPENAI", caches=True, gross=True, speed=70),
        Model("OPENAI", "text-embedding-3-small", "OPENAI", caches=False),
        Model("ANTHROPIC", "claude-opus-4-5-20251101", "ANTHROPIC", caches=True, speed=50),
        Model("ANTHROPIC", "claude-sonnet-4-5-20250929", "ANTHROPIC", caches=True, speed=75),
        Model("ANTHROPIC", "claude-haiku-4-5-20251001", "ANTHROPIC", caches=True, speed=130),
        Model("Google", "gemini-2.5-pro", "GOOGLE", caches=True, gross=True, speed=90),
        Model("Google", "gemini-2.5-flash", "GOOGLE", caches=True, gross=True, speed=180),
        Model(
            "BEDROCK", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "AWS", caches=True, speed=65
        ),
        Model("MISTRAL", "mistral-large-latest", "MISTRAL", caches=False, speed=60),
        Model("GROQ", "openai/gpt-oss-120b", "GROQ", caches=False, speed=450),
        Model("LITELLM", "azure/gpt-4o", "LITELLM", caches=True, gross=True, speed=80),
        Model("OLLAMA", "northwind-legal-8b", "OLLAMA", caches=False, speed=35),
        Model("TOGETHER", "aurora-preview-32b", "DIRECT", caches=False, speed=95),
    )
}
"""The last two are in no price list: a model fine-tuned at home and a preview."""

AGENTS = (
    Agent(
        name="support-copilot",
        version="4.2.0",
        product="Helpdesk",
        weight=30,
        tasks=("answer-ticket", "classify-ticket", "summarize-thread"),
        trace="support",
        models=(("gpt-4o-mini", 6), ("gpt-4o", 3), ("claude-haiku-4-5-20251001", 2)),
        input=1_900,
        output=260,
        calls=2.4,
        streams=0.7,
    ),
    Agent(
        name="invoice-reader",
        version="2.0.3",
        product="Ledger",
        weight=16,
        tasks=("extract-fields", "match-purchase-order"),
        trace="document",
        models=(("gemini-2.5-flash", 6), ("gemini-2.5-pro", 2)),
        input=5_200,
        output=420,
        calls=3.1,
        job="invoice-run",
        squad="back-office",
    ),
    Agent(
        name="code-reviewer",
        version="1.9.1",
        product="Forge",
        weight=14,
        tasks=("review-diff", "suggest-fix", "write-tests"),
        trace="code-review",
        models=(("claude-sonnet-4-5-20250929", 6), ("claude-opus-4-5-20251101", 2), ("gpt-5", 2)),
        input=14_000,
        output=900,
        calls=4.5,
        streams=0.9,
        job="pull-request",
    ),
    Agent(
        name="contract-analyst",
        version="0.8.0",
        product="Ledger",
        weight=7,
        tasks=("find-clauses", "compare-versions"),
        trace="document",
        models=(("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 5), ("northwind-legal-8b", 1)),
        input=22_000,
        output=1_300,
        calls=2.0,
        job="contract-review",
        squad="back-office",
    ),
    Agent(
        name="sales-researcher",
        version="3.1.4",
        product="Pipeline",
        weight=9,
        tasks=("research-account", "draft-mail"),
        trace="research",
        models=(
            ("mistral-large-latest", 3),
            ("openai/gpt-oss-120b", 3),
            ("azure/gpt-4o", 2),
            ("aurora-preview-32b", 0.6),
        ),
        input=3_300,
        output=650,
        calls=3.0,
        streams=0.3,
        job="account-brief",
    ),
    Agent(
        name="knowledge-indexer",
        version="1.0.0",
        product="Helpdesk",
        weight=12,
        tasks=("embed-article",),
        trace="indexing",
        models=(("text-embedding-3-small", 1),),
        input=6_000,
        output=0,
        calls=5.0,
        operation="EMBED",
    ),
    Agent(
        name="nightly-digest",
        version="1.4.0",
        product="Helpdesk",
        weight=8,
        tasks=("summarize-day",),
        trace="digest",
        models=(("gpt-4o-mini", 2), ("claude-haiku-4-5-20251001", 1)),
        input=9_500,
        output=480,
        calls=2.0,
        job="digest",
        operation="SUMMARIZE",
        nightly=True,
    ),
)

CUSTOMERS = (
    Customer(
        name="Halden Logistics",
        domain="halden-logistics.example",
        weight=30,
        growth=1.2,
        people=("ida", "jonas", "marte", "sindre", "tuva"),
        products=("Helpdesk", "Ledger"),
    ),
    Customer(
        name="Brightwater Bank",
        domain="brightwater.example",
        weight=24,
        growth=1.5,
        people=("amara", "declan", "fiona", "hugo", "nadia", "owen"),
        products=("Helpdesk", "Ledger", "Pipeline"),
    ),
    Customer(
        name="Kestrel Robotics",
        domain="kestrel.example",
        weight=18,
        growth=2.6,
        people=("akira", "bea", "chen", "dmitri"),
        products=("Forge", "Helpdesk"),
    ),
    Customer(
        name="Maple & Pine",
        domain="mapleandpine.example",
        weight=9,
        growth=1.0,
        people=("clara", "louis"),
        products=("Helpdesk", "Pipeline"),
    ),
    Customer(
        name="Orsini Studio",
        domain="orsini.example",
        weight=7,
        growth=0.6,
        people=("giulia", "marco", "paola"),
        products=("Forge", "Pipeline"),
    ),
    Customer(
        name="Tidewater Clinics",
        domain="tidewater.example",
        weight=6,
        growth=1.9,
        people=("esther", "samuel"),
        products=("Helpdesk", "Ledger"),
    ),
    Customer(
        name="Zephyr Games",
        domain="zephyr.example",
        weight=5,
        growth=3.5,
        people=("kai", "lena", "milo", "noor"),
        products=("Forge", "Helpdesk"),
    ),
)

ANOMALY = ("Halden Logistics", "contract-analyst")
"""One day a month, this customer's agent runs into a loop: see events.py."""
