"""Hanle curves with spin accumulation and spin heat accumulation.

Nothing heavy is imported until it is used: `import hanle_sim` costs next to nothing, changes no setting of JAX, and picks no device.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .commands.claims import claims as claims
    from .commands.compare import compare as compare
    from .commands.doctor import doctor as doctor
    from .commands.explore import explore as explore
    from .commands.fit import fit as fit
    from .commands.model import Model as Model
    from .commands.presets import config as config
    from .commands.presets import presets as presets
    from .commands.reproduce import reproduce as reproduce
    from .commands.simulate import simulate as simulate
    from .commands.sweep import sweep as sweep
    from .curve import HanleCurve as HanleCurve
    from .curve import hanle_curve as hanle_curve
    from .observables.half_width import apparent_tau as apparent_tau
    from .observables.half_width import half_width as half_width
    from .physics import Contact as Contact
    from .physics import CurrentBias as CurrentBias
    from .physics import Device as Device
    from .physics import Field as Field
    from .physics import GaussianStray as GaussianStray
    from .physics import Junction as Junction
    from .physics import RoughnessStray as RoughnessStray
    from .physics import SampledStray as SampledStray
    from .physics import VoltageBias as VoltageBias
    from .physics.nonmagnets import Diffusive as Diffusive
    from .physics.nonmagnets import Drift as Drift
    from .physics.nonmagnets import Film as Film
    from .physics.nonmagnets import Graded as Graded
    from .physics.nonmagnets import Lateral as Lateral
    from .physics.nonmagnets import Layered as Layered
    from .physics.nonmagnets import Lumped as Lumped
    from .physics.nonmagnets import WideContact as WideContact
    from .physics.nonmagnets.material import Material as Material
    from .runtime import SinglePrecisionWarning as SinglePrecisionWarning
    from .sensitivity_analysis.report import sensitivity as sensitivity
    from .solvers import METHODS as METHODS
    from .sweeps.store import SweepError as SweepError

#: Names by the module that has them.
_NAMES = {
    ".commands.claims": ("claims",),
    ".commands.compare": ("compare",),
    ".commands.doctor": ("doctor",),
    ".commands.explore": ("explore",),
    ".commands.fit": ("fit",),
    ".commands.model": ("Model",),
    ".commands.presets": ("config", "presets"),
    ".commands.reproduce": ("reproduce",),
    ".commands.simulate": ("simulate",),
    ".commands.sweep": ("sweep",),
    ".curve": ("HanleCurve", "hanle_curve"),
    ".observables.half_width": ("apparent_tau", "half_width"),
    ".physics": ("Contact", "CurrentBias", "Device", "Field", "GaussianStray", "Junction", "RoughnessStray", "SampledStray", "VoltageBias"),
    ".physics.nonmagnets": ("Diffusive", "Drift", "Film", "Graded", "Lateral", "Layered", "Lumped", "WideContact"),
    ".physics.nonmagnets.material": ("Material",),
    ".runtime": ("SinglePrecisionWarning",),
    ".sensitivity_analysis.report": ("sensitivity",),
    ".solvers": ("METHODS",),
    ".sweeps.store": ("SweepError",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from ._help import with_short_names

        value = getattr(importlib.import_module(_HOMES[name], __name__), name)
        globals()[name] = value = with_short_names(value) if callable(value) else value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
