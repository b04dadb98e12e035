"""Invoicing: from metered usage to charges, invoices and revenue.

Owns: the windows and tariffs of subscriptions, usage as it was counted by day, the runs that rate
it, invoices with their charges and payments, adjustments for what came late, revenue in the lake,
and the quota of a subscription.

Does not own: products, plans and subscriptions (catalog), exchange rates (directory), what
providers bill.

Stands on: kit, ports, catalog, directory, identity, lake, resources.
"""
