"""All that stands outside the deployed function: the template, the local adapters and server, the
command."""
