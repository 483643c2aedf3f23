"""The one kind of error a user is meant to read."""


class SuiteError(Exception):
    """Something the user can mend: one line that says what, where, and what to do.

    The command line prints the message and exits with status 2; it never shows a traceback for it.
    """


class DamagedFileError(SuiteError):
    """A file of the suite's own is not what was written; whoever can make it anew may do so."""
