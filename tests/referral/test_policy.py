"""The packaged delivery.yml."""

from __future__ import annotations

from referral.policy import load_policy


def test_the_packaged_policy() -> None:
    """Waiting grows to the cap, is spread by chance, and chats are tried for hours, offices for days."""
    rules = load_policy()
    mail = rules.tries("email")
    assert [mail.wait(n, 0).total_seconds() for n in (1, 2, 3, 500)] == [5, 10, 20, 1800]
    assert mail.wait(500, 1).total_seconds() == 900
    for kind, hours in (("telegram.send", 3), ("email", 48), ("webhook", 48), ("job.understand", 150)):
        rule = rules.tries(kind)
        assert sum(rule.wait(n, 0).total_seconds() for n in range(1, rule.tries)) > hours * 3600
    assert rules.families["agency"].places >= 62  # one place for each unit at least
