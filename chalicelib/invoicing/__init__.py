"""Billing: from metered usage to charges, invoices and revenue."""
