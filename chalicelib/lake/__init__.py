"""The lake: what is kept for ever, as Parquet by table, team and day.

Owns: the tables and their columns, the writer from the feed, the states of days, compaction,
rollups and the dimensions that they are made by, the limit before which nothing is kept, and the
one way to read events in their newest version.

Does not own: what a row says (metering makes it), which questions are asked of it (reports), when
events are removed (erasure).

Stands on: kit, ports, resources.
"""
