"""Configurations: TOML with units in, a device, its drive and its fields out."""

from .build import Setup as Setup, build as build
from .load import (
    DEFAULT_PRESET as DEFAULT_PRESET,
    ConfigurationError as ConfigurationError,
    Source as Source,
    check as check,
    preset_names as preset_names,
    preset_text as preset_text,
    read as read,
)
from .schema import Configuration as Configuration
