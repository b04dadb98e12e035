"""/meter/v2/tool: calls of tools."""
