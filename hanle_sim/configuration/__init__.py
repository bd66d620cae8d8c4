"""Configurations: TOML with units in, a device and its fields out."""

from .build import OUT_OF_RANGE as OUT_OF_RANGE
from .build import Setup as Setup
from .build import build as build
from .errors import ConfigurationError as ConfigurationError
from .load import Settings as Settings
from .load import Source as Source
from .load import check as check
from .load import is_key as is_key
from .load import nearest as nearest
from .load import preset_text as preset_text
from .load import read as read
from .load import require_allowed as require_allowed
from .load import reusable as reusable
from .presets import DEFAULT_PRESET as DEFAULT_PRESET
from .presets import PRESETS as PRESETS
from .schema import Configuration as Configuration
