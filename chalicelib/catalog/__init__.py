"""The catalog: what a tenant configures, sells and bills.

Owns: teams, users, organizations, subscribers, credentials, sources, metering elements, products
with their plans, subscriptions, tools and the tenant's own record, as clients see and change them;
their typed records; billing periods; logos; merging of two records into one.

Does not own: the pattern that all of them follow (resources), how calls find their owners
(directory), what is charged for them (invoicing).

Stands on: identity, pricing, resources, directory, metering, kit, ports.
"""
