"""The questions of the conversation, one module per topic, and the table that finds them."""
