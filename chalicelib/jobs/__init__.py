"""Jobs: pieces of work that agents do, what they cost and what came of them.

Owns: jobs as they are listed and changed, their outcomes with all versions and measured facts, the
economics of their types, what they cost by the lake, and the return on them.

Does not own: how metered calls make jobs known (directory), the calls themselves, the reports that
know no jobs.

Stands on: kit, ports, directory, identity, lake, metering, reports, resources.
"""
