"""/api/v2/analytics: reports."""
