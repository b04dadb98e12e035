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
        "support-copilot",
        "4.2.0",
        "Helpdesk",
        30,
        ("answer-ticket", "classify-ticket", "summarize-thread"),
        "support",
        (("gpt-4o-mini", 6), ("gpt-4o", 3), ("claude-haiku-4-5-20251001", 2)),
        1_900,
        260,
        2.4,
        streams=0.7,
    ),
    Agent(
        "invoice-reader",
        "2.0.3",
        "Ledger",
        16,
        ("extract-fields", "match-purchase-order"),
        "document",
        (("gemini-2.5-flash", 6), ("gemini-2.5-pro", 2)),
        5_200,
        420,
        3.1,
        job="invoice-run",
        squad="back-office",
    ),
    Agent(
        "code-reviewer",
        "1.9.1",
        "Forge",
        14,
        ("review-diff", "suggest-fix", "write-tests"),
        "code-review",
        (("claude-sonnet-4-5-20250929", 6), ("claude-opus-4-5-20251101", 2), ("gpt-5", 2)),
        14_000,
        900,
        4.5,
        streams=0.9,
        job="pull-request",
    ),
    Agent(
        "contract-analyst",
        "0.8.0",
        "Ledger",
        7,
        ("find-clauses", "compare-versions"),
        "document",
        (("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 5), ("northwind-legal-8b", 1)),
        22_000,
        1_300,
        2.0,
        job="contract-review",
        squad="back-office",
    ),
    Agent(
        "sales-researcher",
        "3.1.4",
        "Pipeline",
        9,
        ("research-account", "draft-mail"),
        "research",
        (
            ("mistral-large-latest", 3),
            ("openai/gpt-oss-120b", 3),
            ("azure/gpt-4o", 2),
            ("aurora-preview-32b", 0.6),
        ),
        3_300,
        650,
        3.0,
        streams=0.3,
        job="account-brief",
    ),
    Agent(
        "knowledge-indexer",
        "1.0.0",
        "Helpdesk",
        12,
        ("embed-article",),
        "indexing",
        (("text-embedding-3-small", 1),),
        6_000,
        0,
        5.0,
        operation="EMBED",
    ),
    Agent(
        "nightly-digest",
        "1.4.0",
        "Helpdesk",
        8,
        ("summarize-day",),
        "digest",
        (("gpt-4o-mini", 2), ("claude-haiku-4-5-20251001", 1)),
        9_500,
        480,
        2.0,
        job="digest",
        operation="SUMMARIZE",
        nightly=True,
    ),
)

CUSTOMERS = (
    Customer(
        "Halden Logistics",
        "halden-logistics.example",
        30,
        1.2,
        ("ida", "jonas", "marte", "sindre", "tuva"),
        ("Helpdesk", "Ledger"),
    ),
    Customer(
        "Brightwater Bank",
        "brightwater.example",
        24,
        1.5,
        ("amara", "declan", "fiona", "hugo", "nadia", "owen"),
        ("Helpdesk", "Ledger", "Pipeline"),
    ),
    Customer(
        "Kestrel Robotics",
        "kestrel.example",
        18,
        2.6,
        ("akira", "bea", "chen", "dmitri"),
        ("Forge", "Helpdesk"),
    ),
    Customer(
        "Maple & Pine", "mapleandpine.example", 9, 1.0, ("clara", "louis"), ("Helpdesk", "Pipeline")
    ),
    Customer(
        "Orsini Studio",
        "orsini.example",
        7,
        0.6,
        ("giulia", "marco", "paola"),
        ("Forge", "Pipeline"),
    ),
    Customer(
        "Tidewater Clinics",
        "tidewater.example",
        6,
        1.9,
        ("esther", "samuel"),
        ("Helpdesk", "Ledger"),
    ),
    Customer(
        "Zephyr Games",
        "zephyr.example",
        5,
        3.5,
        ("kai", "lena", "milo", "noor"),
        ("Forge", "Helpdesk"),
    ),
)

ANOMALY = ("Halden Logistics", "contract-analyst")
"""One day a month, this customer's agent runs into a loop: see events.py."""
