"""The `meterlake` command."""
