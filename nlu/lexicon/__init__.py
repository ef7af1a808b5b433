"""Our own lexicon of Indonesian as the residents write it.

Imports nothing outside this package and runs on every Python from 3.10, so the product's processes use it
too (danger words, places). Data in ``data/``; no entry has been checked by a native speaker yet.
"""

from nlu.lexicon.places import Place, PlaceMatch, find_places
from nlu.lexicon.spelling import normalise
from nlu.lexicon.stemmer import stem
from nlu.lexicon.tokens import Token, normalise_text, tokenise, words

__all__ = ["Place", "PlaceMatch", "Token", "find_places", "normalise", "normalise_text", "stem", "tokenise", "words"]
