"""Who is calling: tenants, teams, users and API keys."""
