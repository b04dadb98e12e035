"""The catalog: records that clients keep, and the one pattern that all of them follow.

A resource is declared in one module: its members on the wire (schemas.Members), a resource.Resource
that says what is unique, searched, secret and referred to, and its own rules. store.Store then
lists, reads, creates, changes and deletes its records, and keeps their history. The operations in
functions/profitstream show each route in plain sight.
"""
