"""/profitstream/v2/api/sources/metrics: what was metered."""
