"""/profitstream/v2/api/sources: where usage comes from."""
