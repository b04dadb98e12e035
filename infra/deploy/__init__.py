"""Deploying a stage: the stack of infra/template.yaml, then the functions by Chalice, then the
first keys."""
