"""Resources: the one pattern of all records that clients keep, from the declaration to the page."""
