"""Export: what calls cost, as files that other tools read: FOCUS 1.2 and plain tables.

Owns: the charges of a day (sums of its calls by kind of token and owner), the columns of FOCUS, and
how both become CSV and Parquet.

Does not own: the events that charges are made from (lake), prices (directory, pricing), where files
go that are not kept in the lake (the command).

Stands on: kit, ports, directory, identity, lake, pricing.
"""
