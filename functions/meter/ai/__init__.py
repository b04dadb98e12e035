"""/meter/v2/ai: calls of models."""
