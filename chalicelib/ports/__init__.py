"""What the rules need of the world, as small typed protocols. One conformance suite each, in
tests/ports/."""
