"""Jobs: pieces of work that agents do, what they cost and what came of them."""
