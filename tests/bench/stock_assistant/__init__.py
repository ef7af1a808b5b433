"""A stock Rasa assistant for the same dialogue, to measure ours against: rules, one form, an action server."""
