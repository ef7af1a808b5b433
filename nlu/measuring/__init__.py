"""The figures of docs/nlu.md. Nothing here is part of the model, or needed by it."""
