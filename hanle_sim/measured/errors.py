"""The error of a measured file that can't be used."""

from ..configuration import ConfigurationError


class DataError(ConfigurationError):
    """A measured file that can't be used; the message is one line that names the file, the line and the column, and says what to do."""
