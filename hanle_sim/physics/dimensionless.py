"""A device in natural units, the form in which every solver works."""

import equinox as eqx
import jax
import numpy as np

from ..constants import hbar, mu_B
from ..numerics.stages import computed_once
from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import Vectors, array_module, unit_of
from .device import Detector, Device
from .drives import AbstractDrive
from .field import Field
from .nonmagnets import Lateral
from .precession import precession
from .stray import AbstractStray


class NaturalUnits(eqx.Module):
    """A device, its drive and its fields as pure numbers and volts, the form in which every solver works.

    Conductances are counted in 1/r_s + G, times in τ_s, and temperature differences in volts by `kelvin` = √(r_s/(r_Q T_0)). Then
    r_s = r_Q, the matrix 𝒢 = [[G, −L], [−L T_0, κ_el]] is symmetric, and no coefficient is larger than the physics makes it, so
    that single precision works to its own accuracy. Computed on Python or NumPy numbers, before anything is traced, they are
    double precision throughout. Lengths stay in metres. See docs/derivations.md, section 2.2.

    Attributes:
        device: the device in natural units (T_0 = 1); its magnetisations are one, [3], or one for every point, [points, 3].
        drive: the drive; a current in volts, Delta_T_0 in volts.
        omega: ω_L τ_s of every point, signed along its direction, [points].
        direction: axis of the precession, [3] or [points, 3].
        kelvin: volts per kelvin of a temperature difference.
        time: the unit of time, τ_s [s].
        stray: the distribution of stray fields; None for none.
        total: the fields that stray fields add to [T], [points, 3].
        larmor: ω_L τ_s per tesla, a number, or a 3×3 tensor.
        rest: the magnetisation at rest, [3].
    """

    device: Device
    drive: AbstractDrive
    omega: Real[AnyArray, " points"]
    direction: Real[AnyArray, "*#points 3"]
    kelvin: Scalar
    time: Scalar
    stray: AbstractStray | None
    total: Vectors
    larmor: Scalar | Real[AnyArray, "3 3"]
    rest: Real[AnyArray, "3"]

    @classmethod
    def of(cls, device: Device, drive: AbstractDrive, field: Field) -> "NaturalUnits":
        """Express a device, its drive and a field sweep in natural units."""
        junction, nonmagnet, detector = device.junction, device.nonmagnet, device.detector
        conductance = 1 / nonmagnet.r_s + junction.G
        kelvin = (nonmagnet.r_s / nonmagnet.r_Q / junction.T_0) ** 0.5
        scale = {"conductance": conductance, "kelvin": kelvin}
        m = field.magnetisation(device.magnetisation)
        sensing = None
        if detector is not None:
            m_2 = field.magnetisation(detector.magnetisation)
            sensing = Detector(detector.junction.rescaled(**scale), m_2, detector.drive.rescaled(**scale))
        larmor = nonmagnet.g * (mu_B / hbar) * nonmagnet.tau_s
        total = field.total(m)
        if getattr(nonmagnet.g, "ndim", 0) == 2 or not field.is_plain:
            omega, direction = unit_of(precession(larmor, total), np.array([0.0, 0.0, 1.0]))
        else:
            omega, direction = larmor * field.B, field.direction
        natural = cls(
            device=Device(
                junction.rescaled(**scale),
                nonmagnet.rescaled(**scale, T_0=junction.T_0, time=nonmagnet.tau_s),
                m,
                L_0=device.L_0 / kelvin**2,
                detector=sensing,
            ),
            drive=drive.rescaled(**scale),
            omega=omega,
            direction=direction,
            kelvin=kelvin,
            time=nonmagnet.tau_s,
            stray=field.stray,
            total=total,
            larmor=larmor,
            rest=device.magnetisation,
        )
        return computed_once(natural)

    @property
    def narrowest(self) -> Scalar:
        """The field below which precession does nothing any faster: ω_Lτ = 1 for the longest way of a spin through the device [T]."""
        nonmagnet, xp = self.device.nonmagnet, array_module(self)
        tensors = (nonmagnet.tau_s, nonmagnet.relaxation_s), (nonmagnet.tau_Q, nonmagnet.relaxation_Q)
        longest = xp.maximum(*(tau / _slowest(tensor) for tau, tensor in tensors))
        if isinstance(nonmagnet, Lateral):
            longest = longest * (1 + nonmagnet.distance / nonmagnet.material.lambda_s)
        rate = xp.max(abs(xp.asarray(self.larmor))) * longest
        return 1 / xp.where(rate > 0, rate, 1.0)

    def at(self, fields: Vectors, magnetisation: Vectors, detector_magnetisation: Vectors | None) -> "NaturalUnits":
        """The same device in other total fields [T], [points, 3], without stray fields, its magnetisations as given."""
        omega, direction = unit_of(precession(self.larmor, fields), np.array([0.0, 0.0, 1.0]))
        device, detector = self.device, self.device.detector
        if detector is not None:
            detector = Detector(detector.junction, detector_magnetisation, detector.drive)
        device = Device(device.junction, device.nonmagnet, magnetisation, device.L_0, detector)
        return NaturalUnits(device, self.drive, omega, direction, self.kelvin, self.time, None, fields, self.larmor, self.rest)

    def under(self, drive: AbstractDrive, detector_drive: AbstractDrive | None = None) -> "NaturalUnits":
        """The same device and fields under other drives, in natural units."""
        device, detector = self.device, self.device.detector
        if detector is not None:
            detector = Detector(detector.junction, detector.magnetisation, detector_drive or detector.drive)
            device = Device(device.junction, device.nonmagnet, device.magnetisation, device.L_0, detector)
        return NaturalUnits(
            device, drive, self.omega, self.direction, self.kelvin, self.time, self.stray, self.total, self.larmor, self.rest
        )


def _slowest(tensor: Real[AnyArray, "3 3"] | None) -> Scalar:
    """The smallest eigenvalue of a relaxation tensor, without a derivative."""
    if tensor is None:
        return 1.0
    xp = array_module(tensor)
    return xp.linalg.eigvalsh(tensor if xp is np else jax.lax.stop_gradient(tensor))[0]
