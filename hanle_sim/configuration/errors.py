"""The error of a configuration that can't be used."""


class ConfigurationError(ValueError):
    """A configuration that can't be used; the message is a line for each error, and says what to do."""
