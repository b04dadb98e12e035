"""/profitstream/v2/api/sources/metrics/ai: calls of models."""
