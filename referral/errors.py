"""What can go wrong with referrals. A docstring is the message; its fields are filled in when it is shown."""

from __future__ import annotations


class ReferralError(Exception):
    """Something is wrong with a referral."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").format(*self.args)


class CatalogueError(ReferralError):
    """{0}, line {1}, field {2}: {3}."""

    @property
    def file(self) -> str:
        """The file's name."""
        return str(self.args[0])

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return int(self.args[1])

    @property
    def field(self) -> str:
        """The field as a path (`needs[3].papers`)."""
        return str(self.args[2])

    @property
    def code(self) -> str:
        """What is wrong, in one stable word; empty where there is none."""
        return str(self.args[4]) if len(self.args) > 4 else ""

    @property
    def path(self) -> tuple[str | int, ...]:
        """The field as its parts."""
        return tuple(self.args[5]) if len(self.args) > 5 else ()


class ContactsError(CatalogueError):
    """{0}, line {1}, field {2}: {3}."""


class IllegalStep(ReferralError):
    """The step {1} is not possible from {0} for the role {2}: {3}."""

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.args[0])

    @property
    def step(self) -> str:
        """What was asked."""
        return str(self.args[1])

    @property
    def of(self) -> str:
        """Whose step it is: ticket or referral."""
        return str(self.args[4])

    @property
    def why(self) -> str:
        """What is in the way: role, state, or the name of a guard."""
        return str(self.args[3])


class LinkForged(ReferralError):
    """The link was not made by us, or it was damaged on the way."""


class LinkTooOld(ReferralError):
    """The link was ours, but its time is over."""


class MailboxAway(ReferralError):
    """The mailbox can't be read now ({0})."""


class MailUnreadable(ReferralError):
    """The mail can't be read ({0})."""


class TryAgain(Exception):
    """The receiver can't take it now; `after_seconds` is when it asked to be tried again."""

    def __init__(self, reason: str, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_seconds = after_seconds


class Refused(Exception):
    """It can't be delivered like this: a person must look at it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Gone(Exception):
    """The receiver is no more; nothing will come of further tries."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
