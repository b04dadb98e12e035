"""The laptop: ports on SQLite, files and DuckDB, and the server that feeds the app."""
