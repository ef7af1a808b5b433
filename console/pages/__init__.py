"""The console's pages, by who opens them."""
