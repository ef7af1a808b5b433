"""What can go wrong in the cellar. A docstring is the message; its fields are filled in when it is shown."""


class StorageError(Exception):
    """Something is wrong with the storage."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").format(*self.args)


class KeysUnreadable(StorageError):
    """The keys file {0} can't be used: {1}."""


class SealBroken(StorageError):
    """A sealed value of {0} can't be opened with the keys at hand."""


class ForeignKeys(StorageError):
    """This database was made with other keys. Point SLRT_KEYS_FILE at the keys file that belongs to it."""


class DatabaseNotReady(StorageError):
    """The database is not ready: {0}."""


class EmbeddedDatabaseFailed(StorageError):
    """The embedded PostgreSQL in {0} could not be started: {1}."""


class BackupFailed(StorageError):
    """The backup did not work: {0}."""
