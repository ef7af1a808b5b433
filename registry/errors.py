"""What can go wrong with the registry. A docstring is the message; its fields are filled in when it is shown."""


class RegistryError(Exception):
    """Something is wrong with the registry."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").format(*self.args)


class IdentityProblem(RegistryError):
    """This can't be a NIK or KK number: {0}."""

    @property
    def code(self) -> str:
        """too_short, too_long, not_digits, bad_region, bad_date, future or bad_serial."""
        return str(self.args[0])


class MappingBroken(RegistryError):
    """The mapping file {0} can't be used: {1}."""


class ListUnreadable(RegistryError):
    """The list {0} can't be read: {1}."""


class ColumnsMissing(RegistryError):
    """The list {0} lacks the columns {1}. It has: {2}. Correct the mapping file {3} or choose the one for this list."""
