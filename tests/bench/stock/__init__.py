"""Stock Rasa pipelines, to measure ours against: they learn from the same messages."""
