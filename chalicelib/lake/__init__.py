"""The lake: what is kept for ever, as Parquet by table, team and day."""
