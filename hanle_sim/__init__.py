"""Hanle curves with spin accumulation and spin heat accumulation.

Nothing heavy is imported until it is used: `import hanle_sim` costs next to nothing, changes no setting of JAX, and picks no device.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .commands.claims import claims as claims
    from .commands.compare import compare as compare
    from .commands.presets import config as config
    from .commands.presets import presets as presets
    from .commands.reproduce import reproduce as reproduce
    from .commands.simulate import simulate as simulate
    from .commands.sweep import sweep as sweep
    from .curve import HanleCurve as HanleCurve
    from .curve import hanle_curve as hanle_curve
    from .observables.half_width import apparent_tau as apparent_tau
    from .observables.half_width import half_width as half_width
    from .physics.contact import Contact as Contact
    from .physics.device import Device as Device
    from .physics.drives import CurrentBias as CurrentBias
    from .physics.drives import VoltageBias as VoltageBias
    from .physics.field import Field as Field
    from .physics.junction import Junction as Junction
    from .physics.nonmagnets import Diffusive as Diffusive
    from .physics.nonmagnets import Drift as Drift
    from .physics.nonmagnets import Film as Film
    from .physics.nonmagnets import Graded as Graded
    from .physics.nonmagnets import Lateral as Lateral
    from .physics.nonmagnets import Layered as Layered
    from .physics.nonmagnets import Lumped as Lumped
    from .physics.nonmagnets import WideContact as WideContact
    from .physics.nonmagnets.material import Material as Material
    from .physics.stray import GaussianStray as GaussianStray
    from .physics.stray import RoughnessStray as RoughnessStray
    from .physics.stray import SampledStray as SampledStray
    from .runtime import SinglePrecisionWarning as SinglePrecisionWarning
    from .sensitivity_analysis.report import sensitivity as sensitivity
    from .solvers import METHODS as METHODS
    from .sweeps.store import SweepError as SweepError

_HOMES = {
    "compare": ".commands.compare",
    "config": ".commands.presets",
    "claims": ".commands.claims",
    "presets": ".commands.presets",
    "reproduce": ".commands.reproduce",
    "sensitivity": ".sensitivity_analysis.report",
    "simulate": ".commands.simulate",
    "sweep": ".commands.sweep",
    "HanleCurve": ".curve",
    "hanle_curve": ".curve",
    "Contact": ".physics.contact",
    "Device": ".physics.device",
    "CurrentBias": ".physics.drives",
    "VoltageBias": ".physics.drives",
    "Field": ".physics.field",
    "Junction": ".physics.junction",
    "apparent_tau": ".observables.half_width",
    "half_width": ".observables.half_width",
    "Material": ".physics.nonmagnets.material",
    "WideContact": ".physics.nonmagnets",
    "Diffusive": ".physics.nonmagnets",
    "Drift": ".physics.nonmagnets",
    "Film": ".physics.nonmagnets",
    "Graded": ".physics.nonmagnets",
    "Lateral": ".physics.nonmagnets",
    "Layered": ".physics.nonmagnets",
    "Lumped": ".physics.nonmagnets",
    "SinglePrecisionWarning": ".runtime",
    "METHODS": ".solvers",
    "SweepError": ".sweeps.store",
    "GaussianStray": ".physics.stray",
    "RoughnessStray": ".physics.stray",
    "SampledStray": ".physics.stray",
}

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
