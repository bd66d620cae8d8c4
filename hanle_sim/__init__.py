"""hanle_sim: Hanle curves with spin accumulation and spin heat accumulation.

Nothing heavy is imported until it is used: `import hanle_sim` costs next to nothing, changes no setting of JAX, and picks no device.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .commands.presets import config as config
    from .commands.presets import presets as presets
    from .commands.reproduce import reproduce as reproduce
    from .commands.simulate import simulate as simulate
    from .curve import HanleCurve as HanleCurve
    from .curve import hanle_curve as hanle_curve
    from .device import Device as Device
    from .device import NaturalUnits as NaturalUnits
    from .drive import CurrentBias as CurrentBias
    from .drive import VoltageBias as VoltageBias
    from .field import Field as Field
    from .junction import Junction as Junction
    from .linewidth import apparent_tau as apparent_tau
    from .linewidth import half_width as half_width
    from .nonmagnets import Lumped as Lumped
    from .solvers import METHODS as METHODS

_HOMES = {
    "config": ".commands.presets",
    "presets": ".commands.presets",
    "reproduce": ".commands.reproduce",
    "simulate": ".commands.simulate",
    "HanleCurve": ".curve",
    "Device": ".device",
    "NaturalUnits": ".device",
    "CurrentBias": ".drive",
    "VoltageBias": ".drive",
    "Field": ".field",
    "Junction": ".junction",
    "apparent_tau": ".linewidth",
    "half_width": ".linewidth",
    "Lumped": ".nonmagnets",
    "METHODS": ".solvers",
    "hanle_curve": ".curve",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name], __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
