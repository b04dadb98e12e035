"""Labels: what callers write into `provider`, in any case and spelling, and the provider of the
book that it means.

A label folds: letter case, separators and the name of an API behind it (`openai.chat`,
`anthropic.messages`) say nothing of who charges. Anything else is another label: `my-openai-proxy`
is not OpenAI, and nobody knows what it charges.
"""

import re
from collections.abc import Iterator

_NOISE = re.compile(r"[^a-z0-9]+")

ALIASES = {
    "amazon": "aws",
    "amazonaws": "aws",
    "amazonbedrock": "aws",
    "amazonbedrockruntime": "aws",
    "anthropicbedrock": "aws",
    "anthropicclaude": "anthropic",
    "anthropicvertex": "google",
    "awsbedrock": "aws",
    "awsbedrockruntime": "aws",
    "azaiinference": "azure",
    "azaiopenai": "azure",
    "azureai": "azure",
    "azureaifoundry": "azure",
    "azureaiinference": "azure",
    "azureaiopenai": "azure",
    "azurefoundry": "azure",
    "azureopenai": "azure",
    "azureopenaiservice": "azure",
    "azuretext": "azure",
    "bedrock": "aws",
    "bedrockanthropic": "aws",
    "bedrockconverse": "aws",
    "bedrockmantle": "aws",
    "bedrockruntime": "aws",
    "claude": "anthropic",
    "claudecode": "anthropic",
    "claudecowork": "anthropic",
    "cloudflareworkersai": "cloudflare",
    "codexcli": "openai",
    "copilot": "github-copilot",
    "deepseekai": "deepseek",
    "fireworksaiembeddingmodels": "fireworks",
    "fireworksai": "fireworks",
    "foundry": "anthropic",
    "gcpgemini": "google",
    "gcpgenai": "google",
    "gcpvertexai": "google",
    "gemini": "google",
    "geminiapi": "google",
    "geminicli": "google",
    "googleai": "google",
    "googleaistudio": "google",
    "googlegemini": "google",
    "googlegenai": "google",
    "googlegenerativeai": "google",
    "googlegla": "google",
    "googlevertex": "google",
    "googlevertexai": "google",
    "googlevertexanthropic": "google",
    "grok": "x-ai",
    "metallama": "meta",
    "microsoftazure": "azure",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "novitaai": "novita",
    "ovh": "ovhcloud",
    "ovhcloudaiendpoints": "ovhcloud",
    "openaicodex": "openai",
    "perplexityai": "perplexity",
    "textcompletionopenai": "openai",
    "togetherai": "together",
    "vertex": "google",
    "vertexai": "google",
    "vertexaianthropicmodels": "google",
    "vertexaibeta": "google",
    "vertexaiembeddingmodels": "google",
    "vertexailanguagemodels": "google",
    "vertexanthropic": "google",
    "voyage": "voyageai",
    "workersai": "cloudflare",
    "xai": "x-ai",
    "zhipu": "zhipuai",
}
"""Folded labels beside the ids of the book. ClaudeCode and its kind are coding assistants: the
calls are their maker's. FOUNDRY is how the Claude client labels Claude on Azure.

Sources: the provider names of OpenTelemetry's GenAI conventions (aws.bedrock, gcp.vertex_ai, …;
az.ai.inference and az.ai.openai up to 1.36), of pydantic-ai (google-gla: Gemini's own API), of
LiteLLM (bedrock_converse, vertex_ai-language-models, …) and of the Vercel AI SDK
(google.vertex.anthropic.messages, amazon-bedrock, …), and the contract's examples.
"""

_FRAMEWORKS = frozenset(
    "crewai gcpvertexagent haystack langchain langgraph llamaindex microsoftagentframework"
    " strandsagents".split()
)
"""What stands in `gen_ai.system` or `gen_ai.provider.name` for a framework of agents: Strands
(`strands-agents`), Google's ADK (`gcp.vertex.agent`) and Microsoft's (`microsoft.agent_framework`)
call themselves so; OpenLLMetry and OpenLIT write `langchain`, `langgraph`, `llama_index`,
`haystack` and `crewai`."""

_GEMINI = frozenset(
    "gcpgemini gemini geminiapi geminicli googleai googleaistudio googlegemini"
    " googlegenerativeai googlegla".split()
)
"""Labels of Google that mean Gemini's own API, which serves nobody else's models."""

NO_HOST = frozenset({"", "litellm", "litellmproxy", "unknown"}) | _FRAMEWORKS
"""Labels that name no host, because the client named none (`Unknown` is what a span without a
provider gets) or named the router that it called, or itself: then the model may name the host
(`azure/gpt-4o`), and a bare name means its maker."""

MAKERS = frozenset(
    "anthropic cohere deepseek google minimax mistral moonshotai openai voyageai x-ai"
    " zhipuai".split()
)
"""Providers of the book that make the models of their list, and serve no others'."""

_APIS = frozenset(
    {
        "api",
        "batch",
        "chat",
        "completion",
        "completions",
        "embedding",
        "embeddings",
        "image",
        "images",
        "message",
        "messages",
        "realtime",
        "rerank",
        "reranking",
        "response",
        "responses",
        "speech",
        "transcription",
    }
)
"""Words behind a provider's name that say by which of its doors a call went."""


def fold_label(label: str) -> str:
    """The label in lower case without separators."""
    return _NOISE.sub("", label.lower())


def fold_forms(label: str) -> Iterator[str]:
    """The folded label, then it without the words of an API behind it, one word less each."""
    words = _NOISE.sub(" ", label.lower()).split()
    yield "".join(words)
    while len(words) > 1 and words[-1] in _APIS:
        words.pop()
        yield "".join(words)


_SHOWN = {name: name for name in "claudecode claudecowork codexcli foundry geminicli".split()} | {
    "copilot": "githubcopilot",
    "copilotchat": "githubcopilot",
    "copilotcli": "githubcopilot",
    "dashscope": "alibaba",
    "githubcopilotchat": "githubcopilot",
    "githubcopilotcli": "githubcopilot",
    "kimi": "moonshotai",
    "nvidianim": "nvidia",
    "openaicodex": "codexcli",
    "qwen": "alibaba",
}
"""Labels that mean another one's prices and are shown beside it (coding assistants, whose plans
differ, and Claude on Azure), and further names of one vendor, which mean nobody's prices."""


def vendor_key(label: str) -> str:
    """What the labels of one vendor have in common, for showing them as one: spellings, aliases and
    the doors of its API. Vertex AI is another one than Gemini's own API."""
    *_, folded = fold_forms(label)
    if folded in _SHOWN:
        return _SHOWN[folded]
    vendor = fold_label(ALIASES.get(folded, folded))
    if vendor == "google" and is_vertex(label):
        return "vertex"
    return vendor


def names_no_host(label: str) -> bool:
    """Whether a label leaves open who charges."""
    return fold_label(label) in NO_HOST


def is_cloud(label: str) -> bool:
    """Whether a label means a cloud that serves other makers' models, and bills each call."""
    *_, folded = fold_forms(label)
    return folded == "foundry" or ALIASES.get(folded, folded) in _CLOUDS or is_vertex(label)


_CLOUDS = frozenset({"aws", "azure"})


def is_gemini(label: str) -> bool:
    """Whether a label of Google means Gemini's own API."""
    return not _GEMINI.isdisjoint(fold_forms(label))


def is_vertex(label: str) -> bool:
    """Whether a label of Google means Vertex AI, which gives nothing away for free."""
    return "vertex" in label.lower()
