"""AI models as teams see them: the list prices of everybody, a team's own models, its own prices,
and their history.

Owns: the operations on models and price dimensions, how a team's models and prices are stored, and
the ids under which listed models are shown.

Does not own: list prices and rating (pricing), reading a team's prices for rating (directory), and
the pattern of records, pages and revisions (resources).

Stands on: directory, identity, kit, metering, ports, pricing, resources.
"""
