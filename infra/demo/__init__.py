"""Demo data: a month in the life of an invented software company and its customers."""
