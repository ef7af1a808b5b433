"""What the console itself can refuse. `code` is stable; the words for a person stand in `words.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ConsoleError(Exception):
    """Something in a request can't be accepted."""

    code = "bad_request"


class FormForeign(ConsoleError):
    """The form lacks its token, or comes from another site."""

    code = "form_foreign"


class SessionOver(ConsoleError):
    """A form was sent after the log-in had ended. What was typed is handed back, so that it isn't lost."""

    code = "session_over"

    def __init__(self, typed: Mapping[str, str]) -> None:
        super().__init__()
        self.typed = typed


class TooLong(ConsoleError):
    """A text is longer than a form takes; the first argument names the field."""

    code = "too_long"


class NotJson(ConsoleError):
    """The body of an API request is not JSON."""

    code = "not_json"


class Unfit(ConsoleError):
    """Fields of an API request do not fit: pairs of where and what."""

    code = "unfit"

    def __init__(self, mistakes: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.mistakes = mistakes


class KeyMissing(ConsoleError):
    """An API request that changes something lacks its Idempotency-Key."""

    code = "key_missing"


class WrongKind(ConsoleError):
    """A file is neither a picture nor a PDF, or a request does not say that it is JSON."""

    code = "wrong_kind"


class TooLarge(ConsoleError):
    """A file is larger than allowed."""

    code = "too_large"
