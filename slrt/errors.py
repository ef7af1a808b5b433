"""What stops a start. A docstring is the message; its fields are filled in when it is shown."""


class StartError(Exception):
    """{0}"""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").format(*self.args)


class SettingWrong(StartError):
    """A setting is wrong: {0}."""


class KeysMissing(StartError):
    """There is no keys file at {0}. With SLRT_DATABASE_URL set none is made silently: copy the one of this database."""


class SamplesRefused(StartError):
    """SLRT_DEMO=0 refuses samples: {0}."""


class RoleStopped(StartError):
    """The part "{0}" stopped again and again; its last words are in {1}."""
