"""Four ways from a device to its Hanle curve, on one statement of the equations of motion."""

import importlib
from typing import Any, Literal, get_args

from jaxtyping import Array, Real

from ..curve import HanleCurve
from ..device import Device, NaturalUnits
from ..drive import AbstractDrive
from ..field import Field

Method = Literal["closed", "linear", "modes", "integrate"]
METHODS: tuple[Method, ...] = get_args(Method)


def hanle_curve(device: Device, drive: AbstractDrive, field: Field, method: str = "closed", **options: Any) -> HanleCurve:
    """Steady-state Hanle curve of a device over a field sweep.

    Arguments:
        device, drive, field: what to solve, in SI.
        method: "closed" (exact, in closed form), "linear" (6×6, also for relaxation tensors and Im G↑↓), "modes" (two exact
            Lorentzians; lumped nonmagnets) or "integrate" (the Bloch equations in time).
        options: of the method; only "integrate" has any (see `solvers.integrate.steady_state`).

    Returns:
        The curve, with u and T of shape [points, 3], in the precision that JAX is set to.

    Raises:
        ValueError: an unknown method, or a device that the method doesn't cover.
    """
    natural = NaturalUnits.of(device, drive, field)
    return HanleCurve.from_natural(natural, steady_state(natural, method, **options), device=device, drive=drive, field=field)


def steady_state(natural: NaturalUnits, method: str = "closed", **options: Any) -> Real[Array, "points 2 3"]:
    """As `hanle_curve`, from and in natural units: u and T in volts, [points, 2, 3]."""
    if method not in METHODS:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(METHODS)}")
    return importlib.import_module(f".{method}", __name__).steady_state(natural, **options)  # each method loads only what it needs
