"""Rasa graph components: thin shells around ``nlu.models`` and ``nlu.lexicon``. Only Rasa imports them."""
