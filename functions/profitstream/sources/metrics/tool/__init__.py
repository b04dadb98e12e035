"""/profitstream/v2/api/sources/metrics/tool: calls of tools."""
