"""/api/v2: what the analytics clients read."""
