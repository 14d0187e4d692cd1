"""What goes wrong, as exceptions."""


class RetortError(Exception):
    """Something that the command or this package refuses; the message says what and what can be done.

    `code`: exit code of the command (framework/docs/command.md, *Exit codes*); None where the command was not asked.
    """

    def __init__(self, message, code=None):
        super().__init__(message)
        self.code = code


class DamagedError(RetortError):
    """Bytes of the store were read and are not those that were written: their digest is another one."""


class MissingLibraryError(RetortError, ImportError):
    """A library that is only needed for what was just called is not installed."""
