"""/meter/v2: what SDKs and exporters post."""
