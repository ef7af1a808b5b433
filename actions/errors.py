"""What an action can refuse. `code` is stable; the words for a person stand in templates."""

from referral.errors import IllegalStep


class ActionError(Exception):
    """Something that was asked can't be done."""

    code = "action"


class NotFound(ActionError):
    """It does not exist, or the asker may not know that it does."""

    code = "not_found"


class NotAllowed(ActionError):
    """The officer may not do this."""

    code = "not_allowed"


class NotNow(ActionError):
    """The step does not fit the present state (someone may have been quicker), or is not for this role."""

    code = "not_now"

    @property
    def illegal(self) -> IllegalStep | None:
        """Which step was asked from which state, and what is in the way, where a table says so."""
        first = self.args[0] if self.args else None
        return first if isinstance(first, IllegalStep) else None


class Incomplete(ActionError):
    """Something needed is missing; the first argument names the field."""

    code = "incomplete"


class LinkInvalid(ActionError):
    """The link is forged, damaged, revoked or was spent."""

    code = "link_invalid"


class LinkExpired(ActionError):
    """The link was good, but its time is over."""

    code = "link_expired"


class NotSafe(ActionError):
    """Nothing may be written to the resident's phone about it: others may read there."""

    code = "not_safe"


class TooManyAttempts(ActionError):
    """Too many tries in a short time."""

    code = "too_many_attempts"


class TokenUnknown(ActionError):
    """The API token is not one of ours, or was revoked."""

    code = "token_unknown"


class ScopeMissing(ActionError):
    """The API token was not given this right; the first argument names it."""

    code = "scope_missing"


class TooFast(ActionError):
    """The token has used up its requests for now; the first argument is how many seconds to wait."""

    code = "too_fast"

    @property
    def seconds(self) -> int:
        """How long to wait."""
        return int(self.args[0])


class KeyReused(ActionError):
    """The Idempotency-Key has come before, with another request."""

    code = "key_reused"


class Changed(ActionError):
    """The referral is no longer as the asker knew it."""

    code = "changed"


class CalledBack(ActionError):
    """The referral was called back: its content is no longer the agency's to read."""

    code = "called_back"


class BehindLogIn(ActionError):
    """A restricted case is read behind log-in alone; the first argument is where."""

    code = "behind_log_in"


class ShutOut(ActionError):
    """The bot is not in the unit's chat any more."""

    code = "shut_out"


class CatalogueMoved(ActionError):
    """Somebody has published a version meanwhile; what was changed is kept and must be looked at again."""

    code = "catalogue_moved"


class CatalogueRefused(ActionError):
    """The new version would leave something without a way; the argument tells what (`comparing.Troubles`)."""

    code = "catalogue_refused"


class EntryWrong(ActionError):
    """An entry of the catalogue does not fit; the argument is a tuple of `drafts.Mistake`."""

    code = "entry_wrong"
