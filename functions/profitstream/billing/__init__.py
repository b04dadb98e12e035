"""/profitstream/v2/api/billing: what providers bill, and what it was used for."""
