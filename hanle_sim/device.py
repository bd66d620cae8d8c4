"""A device: a junction on a nonmagnet, and the same device in natural units, in which every solver works."""

from functools import partial

import equinox as eqx
import numpy as np

from ._types import AnyArray, Real, Scalar
from .constants import L_0_SEED
from .drive import AbstractDrive
from .field import Field
from .junction import Junction
from .nonmagnets import AbstractNonmagnet
from .vectors import unit


class Device(eqx.Module):
    """A ferromagnet / tunnel barrier / nonmagnet contact.

    Arguments:
        junction: the tunnel junction.
        nonmagnet: the nonmagnet below it.
        magnetisation: direction m of the ferromagnet's magnetisation, [3]; any length, it is normalised.
        L_0: Lorenz number by which α is read off r_s and r_Q [V² K⁻²].
    """

    junction: Junction
    nonmagnet: AbstractNonmagnet
    magnetisation: Real[AnyArray, "3"] = eqx.field(
        default_factory=lambda: np.array([1.0, 0.0, 0.0]), converter=partial(unit, "magnetisation")
    )
    L_0: Scalar = L_0_SEED

    @property
    def alpha(self) -> Scalar:
        """α = r_s/(L_0 T_0 r_Q), Eq. (13)."""
        return self.nonmagnet.r_s / (self.L_0 * self.junction.T_0 * self.nonmagnet.r_Q)

    @property
    def mismatch_s(self) -> Scalar:
        """r_s/R_tun, the conductivity mismatch: how much of the spin accumulation flows back."""
        return self.nonmagnet.r_s * self.junction.G

    @property
    def mismatch_Q(self) -> Scalar:
        """r_Q κ_el, the heat conductivity mismatch: how much of the spin heat accumulation flows back."""
        return self.nonmagnet.r_Q * self.junction.kappa_el


class NaturalUnits(eqx.Module):
    """A device, its drive and its fields as pure numbers and volts, the form in which every solver works.

    Conductances are counted in 1/r_s + G, times in τ_s, and temperature differences in volts by `kelvin` = √(r_s/(r_Q T_0)). Then
    r_s = r_Q, the matrix 𝒢 = [[G, −L], [−L T_0, κ_el]] is symmetric, and no coefficient is larger than the physics makes it, so
    that single precision works to its own accuracy. Computed on Python or NumPy numbers, before anything is traced, they are
    double precision throughout.

    Attributes:
        device: the device in natural units (T_0 = 1).
        drive: the drive; a current in volts, Delta_T_0 in volts.
        omega: ω_L τ_s of every point, [points].
        direction: b, [3].
        kelvin: volts per kelvin of a temperature difference.
        time: the unit of time, τ_s [s].
    """

    device: Device
    drive: AbstractDrive
    omega: Real[AnyArray, " points"]
    direction: Real[AnyArray, "3"]
    kelvin: Scalar
    time: Scalar

    @classmethod
    def of(cls, device: Device, drive: AbstractDrive, field: Field) -> "NaturalUnits":
        """Express a device, its drive and a field sweep in natural units."""
        junction, nonmagnet = device.junction, device.nonmagnet
        conductance = 1 / nonmagnet.r_s + junction.G
        kelvin = (nonmagnet.r_s / nonmagnet.r_Q / junction.T_0) ** 0.5
        scale = {"conductance": conductance, "kelvin": kelvin}
        return cls(
            device=Device(
                junction.rescaled(**scale),
                nonmagnet.rescaled(**scale, T_0=junction.T_0, time=nonmagnet.tau_s),
                device.magnetisation,
                L_0=device.L_0 / kelvin**2,
            ),
            drive=drive.rescaled(**scale),
            omega=field.larmor_frequency(nonmagnet.g) * nonmagnet.tau_s,
            direction=field.direction,
            kelvin=kelvin,
            time=nonmagnet.tau_s,
        )
