"""Reports: questions about the lake, declared on one page, planned, asked, and presented as the
contract says.

Owns: the declarations of all reports, their measures and terms, the planner that chooses between
rollups and events, the builder of statements and the lint of their SQL, the way questions are asked
while the lake is rewritten, and the envelopes and tables of answers.

Does not own: dimensions, rollups and how events are read once (lake), what jobs cost (jobs), the
operations that answer requests (functions).

Stands on: kit, ports, pricing, identity, resources, directory, lake.
"""
