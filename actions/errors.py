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


class CatalogueMoved(ActionError):
    """Somebody has published a version meanwhile; what was changed is kept and must be looked at again."""

    code = "catalogue_moved"


class CatalogueRefused(ActionError):
    """The new version would leave something without a way; the argument tells what (`comparing.Troubles`)."""

    code = "catalogue_refused"


class EntryWrong(ActionError):
    """An entry of the catalogue does not fit; the argument is a tuple of `drafts.Mistake`."""

    code = "entry_wrong"
