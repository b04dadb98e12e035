"""The directory: what ingestion must know of a team, looked up by name and remembered for a
while."""
