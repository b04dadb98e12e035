"""/v2: what SDKs call without any prefix, because they keep nothing but the origin of their base
URL."""
