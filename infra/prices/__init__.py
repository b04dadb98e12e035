"""Building the price book that the product ships."""
