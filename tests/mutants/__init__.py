"""Small faults, each of which some test must notice: lists by subject, and what runs them."""
