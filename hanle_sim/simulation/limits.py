"""What a machine and its numbers can hold: memory for a sweep, states in the range of double precision."""

import os

import numpy as np

from ..configuration import OUT_OF_RANGE, Configuration, ConfigurationError
from ..curve import HanleCurve

#: Memory that a run takes for each field of its sweep, measured.
BYTES_PER_FIELD = 700


def require_memory(configuration: Configuration, more: int = 0) -> None:
    """Raise ConfigurationError for a sweep that this machine's memory can't hold, with so many bytes a field more than a curve needs."""
    section = configuration.field
    fields = len(section.values or section.path or ()) or section.points or 0
    size = fields * (BYTES_PER_FIELD + more)
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return  # not every system tells
    if size > memory:
        raise ConfigurationError(
            f"field: {fields} fields need about {size / 1e9:.3g} GB of memory, and this machine has {memory / 1e9:.3g} GB: ask for fewer"
        )


def require_finite(*curves: HanleCurve) -> None:
    """Raise ConfigurationError for curves whose states overflowed."""
    for curve in curves:
        if not (np.all(np.isfinite(curve.u)) and np.all(np.isfinite(curve.T))):
            raise ConfigurationError(OUT_OF_RANGE)
