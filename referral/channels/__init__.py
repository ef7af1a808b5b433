"""Ways out of the house to the agencies."""
