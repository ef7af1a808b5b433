"""A tokenizer whose tokens carry the normalised word but keep their place in the original text."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.lexicon import stem, tokenise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class NormalisingTokenizer(Tokenizer):
    """Slang, typing errors and Jambi Malay become standard words; the lemma is the stem."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's own settings for tokenizers: intents are not split."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return *training_data* as it is: none of ours learns from tokens, and Rasa would hash each many times."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of the message's *attribute*; none for a text without words."""
        text = message.get(attribute)
        if not isinstance(text, str):
            return []
        return [
            Token(token.norm, token.start, token.end, data={"raw": token.raw}, lemma=stem(token.norm))
            for token in tokenise(text)
            if token.norm
        ]
