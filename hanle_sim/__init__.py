"""Hanle curves with spin accumulation and spin heat accumulation.

Nothing heavy is imported until it is used: `import hanle_sim` costs next to nothing, changes no setting of JAX, and picks no device.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .commands.claims import judge_claims as judge_claims
    from .commands.compare import compare as compare
    from .commands.presets import config as config
    from .commands.presets import presets as presets
    from .commands.reproduce import reproduce as reproduce
    from .commands.sensitivity import find_sensitivity as find_sensitivity
    from .commands.simulate import simulate as simulate
    from .curve import HanleCurve as HanleCurve
    from .curve import hanle_curve as hanle_curve
    from .device import Detector as Detector
    from .device import Device as Device
    from .device import NaturalUnits as NaturalUnits
    from .drive import CurrentBias as CurrentBias
    from .drive import VoltageBias as VoltageBias
    from .field import Field as Field
    from .junction import Junction as Junction
    from .linewidth import apparent_tau as apparent_tau
    from .linewidth import half_width as half_width
    from .material import Material as Material
    from .nonmagnets import Contact as Contact
    from .nonmagnets import Diffusive as Diffusive
    from .nonmagnets import Drift as Drift
    from .nonmagnets import Film as Film
    from .nonmagnets import Graded as Graded
    from .nonmagnets import Lateral as Lateral
    from .nonmagnets import Layered as Layered
    from .nonmagnets import Lumped as Lumped
    from .precision import SinglePrecisionWarning as SinglePrecisionWarning
    from .solvers import METHODS as METHODS
    from .stray import GaussianStray as GaussianStray
    from .stray import RoughnessStray as RoughnessStray
    from .stray import SampledStray as SampledStray

_HOMES = {
    "compare": ".commands.compare",
    "config": ".commands.presets",
    "judge_claims": ".commands.claims",
    "presets": ".commands.presets",
    "reproduce": ".commands.reproduce",
    "find_sensitivity": ".commands.sensitivity",
    "simulate": ".commands.simulate",
    "HanleCurve": ".curve",
    "hanle_curve": ".curve",
    "Detector": ".device",
    "Device": ".device",
    "NaturalUnits": ".device",
    "CurrentBias": ".drive",
    "VoltageBias": ".drive",
    "Field": ".field",
    "Junction": ".junction",
    "apparent_tau": ".linewidth",
    "half_width": ".linewidth",
    "Material": ".material",
    "Contact": ".nonmagnets",
    "Diffusive": ".nonmagnets",
    "Drift": ".nonmagnets",
    "Film": ".nonmagnets",
    "Graded": ".nonmagnets",
    "Lateral": ".nonmagnets",
    "Layered": ".nonmagnets",
    "Lumped": ".nonmagnets",
    "SinglePrecisionWarning": ".precision",
    "METHODS": ".solvers",
    "GaussianStray": ".stray",
    "RoughnessStray": ".stray",
    "SampledStray": ".stray",
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
