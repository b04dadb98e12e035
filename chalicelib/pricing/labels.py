"""Labels: what callers write into `provider`, in any case and spelling, and the provider of the
book that it means."""

import re

_NOISE = re.compile(r"[^a-z0-9]+")

ALIASES = {
    "amazonbedrock": "aws",
    "awsbedrock": "aws",
    "azureai": "azure",
    "azureopenai": "azure",
    "azureopenaiservice": "azure",
    "bedrock": "aws",
    "claudecode": "anthropic",
    "claudecowork": "anthropic",
    "codexcli": "openai",
    "deepseekai": "deepseek",
    "fireworksai": "fireworks",
    "foundry": "anthropic",
    "geminicli": "google",
    "grok": "x-ai",
    "microsoftazure": "azure",
    "mistralai": "mistral",
    "perplexityai": "perplexity",
    "togetherai": "together",
    "vertexai": "google",
    "xai": "x-ai",
}
"""Labels that the book itself does not recognise, or takes for somebody else (its clause for openai
would swallow `azure_openai`). ClaudeCode and its kind are coding assistants: the calls are their
maker's. FOUNDRY is how the Claude client labels Claude on Azure."""

LOCAL = frozenset({"ollama", "lmstudio", "llamacpp", "vllm", "localai"})
"""Servers on the caller's own machine: whoever hosts the same open model elsewhere does not bill
these calls."""


def fold_label(label: str) -> str:
    """The label in lower case without separators."""
    return _NOISE.sub("", label.lower())
