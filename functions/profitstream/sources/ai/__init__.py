"""/profitstream/v2/api/sources/ai: models and their prices."""
