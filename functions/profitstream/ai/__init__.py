"""/profitstream/v2/api/ai: how AI usage is controlled."""
