"""AI models as teams see them: the list prices of everybody, a team's own models, its own prices,
and their history."""
