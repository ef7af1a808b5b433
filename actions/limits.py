"""Throttles and lifetimes (`limits.yml`), checked when they are loaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from referral.calendar import WIB
from referral.yaml_file import YamlFile

_MEGABYTE = 1024 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FormLimits(_Part):
    """The identity form's link and the photos that can be sent with it."""

    minutes: int = Field(ge=5, le=24 * 60)
    largest_file_mb: int = Field(ge=1, le=20)

    @property
    def lifetime(self) -> timedelta:
        """How long a link can be used."""
        return timedelta(minutes=self.minutes)

    @property
    def largest_file(self) -> int:
        """The largest photo, in bytes."""
        return self.largest_file_mb * _MEGABYTE


class LoginLimits(_Part):
    """Officers' log-ins."""

    session_hours: int = Field(ge=1, le=24)
    window_minutes: int = Field(ge=1)
    most_failures: int = Field(ge=3)
    shortest_password: int = Field(ge=8)

    @property
    def session(self) -> timedelta:
        """How long a log-in lasts."""
        return timedelta(hours=self.session_hours)

    @property
    def window(self) -> timedelta:
        """Over which time failures are counted."""
        return timedelta(minutes=self.window_minutes)


class LinkCodeLimits(_Part):
    """One-time codes that officers type in Telegram."""

    minutes: int = Field(ge=5, le=24 * 60)

    @property
    def lifetime(self) -> timedelta:
        """How long a code can be used."""
        return timedelta(minutes=self.minutes)


class Night(_Part):
    """From which hour until which one people are left in peace, in Jambi."""

    starts: int = Field(ge=12, le=23)
    ends: int = Field(ge=0, le=11)

    def over(self, moment: datetime) -> datetime:
        """The moment itself by day, else the end of its night."""
        here = moment.astimezone(WIB)
        if self.ends <= here.hour < self.starts:
            return moment
        day = here + timedelta(days=here.hour >= self.starts)
        return day.replace(hour=self.ends, minute=0, second=0, microsecond=0)


class NoticeLimits(_Part):
    """News for residents."""

    gather_minutes: int = Field(ge=0, le=240)

    @property
    def gather(self) -> timedelta:
        """How long news waits for more."""
        return timedelta(minutes=self.gather_minutes)


class ChannelLimits(_Part):
    """When a referral that has not arrived takes its unit's next channel."""

    next_hours: float = Field(gt=0)
    next_urgent_hours: float = Field(gt=0)

    def patience(self, *, urgent: bool, own: float | None) -> timedelta:
        """How long a channel is waited for; `own` hours are the unit's."""
        usual = self.next_hours if own is None else own
        return timedelta(hours=min(usual, self.next_urgent_hours) if urgent else usual)


class MailLimits(_Part):
    """Mails that come in."""

    largest_mb: int = Field(ge=1, le=60)
    longest_text: int = Field(ge=1000)
    longest_words: int = Field(ge=200, le=4000)
    most_files: int = Field(ge=0, le=100)
    receipts_a_day: int = Field(ge=0)
    first_days: int = Field(ge=0)
    call_minutes: int = Field(ge=1, le=60)

    @property
    def largest(self) -> int:
        """The largest mail, in bytes."""
        return self.largest_mb * _MEGABYTE


class CatalogueLimits(_Part):
    """Taking up new versions of the catalogue."""

    poll_seconds: float = Field(gt=0, le=3600)


class RequestLimits(_Part):
    """Requests of residents about their own data."""

    answer_hours: int = Field(ge=1, le=72)
    chat_id_hours: int = Field(ge=1, le=72)

    @property
    def answer(self) -> timedelta:
        """Until when a request must be answered."""
        return timedelta(hours=self.answer_hours)

    @property
    def chat_id(self) -> timedelta:
        """How long the bare chat id outlives an erasure."""
        return timedelta(hours=self.chat_id_hours)


class RetentionLimits(_Part):
    """How long things are kept."""

    closed_ticket_years: int = Field(ge=1)
    silent_chat_years: int = Field(ge=1)
    failed_update_days: int = Field(ge=1)
    attempt_days: int = Field(ge=2)  # the throttle counts the last 24 hours
    stray_mail_days: int = Field(ge=1)
    link_days: int = Field(ge=1)


class ApiLimits(_Part):
    """The agency API."""

    per_minute: int = Field(ge=1, le=6000)
    burst: int = Field(ge=1, le=1000)
    answer_hours: int = Field(ge=1, le=24 * 7)
    overlap_seconds: int = Field(ge=0, le=3600)
    largest_file_mb: int = Field(ge=1, le=20)

    @property
    def interval(self) -> timedelta:
        """By how much a request uses up the token's time."""
        return timedelta(minutes=1) / self.per_minute

    @property
    def ahead(self) -> timedelta:
        """How far ahead of the present a token may be before its next request."""
        return (self.burst - 1) * self.interval

    @property
    def answer(self) -> timedelta:
        """How long an answer is kept for its key."""
        return timedelta(hours=self.answer_hours)

    @property
    def overlap(self) -> timedelta:
        """By how much the next question for changes reaches back."""
        return timedelta(seconds=self.overlap_seconds)

    @property
    def largest_file(self) -> int:
        """The largest file, in bytes."""
        return self.largest_file_mb * _MEGABYTE


class Limits(_Part):
    """What `limits.yml` holds; the file says what each value is for."""

    api: ApiLimits
    form: FormLimits
    login: LoginLimits
    link_codes: LinkCodeLimits
    night: Night
    notices: NoticeLimits
    channels: ChannelLimits
    mail: MailLimits
    catalogue: CatalogueLimits
    requests: RequestLimits
    retention: RetentionLimits


@cache
def load_limits(path: Path | None = None) -> Limits:
    """Read the limits (None: those that come with the product). Raises CatalogueError naming file, line and field."""
    return YamlFile(path or Path(__file__).parent / "limits.yml").read(Limits)
