"""A device: contacts on a nonmagnet, and the same device in natural units, in which every solver works."""

from functools import partial

import equinox as eqx
import jax
import numpy as np

from ..constants import L_0_SEED, hbar, mu_B
from ..numerics.checks import is_concrete
from ..numerics.stages import computed_once
from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import Vectors, array_module, dot, unit, unit_of
from ..text import with_prefix
from .drives import AbstractDrive, CurrentBias
from .field import Field
from .junction import Junction
from .nonmagnets import AbstractExtended, AbstractNonmagnet, Lateral
from .stray import AbstractStray

_X = np.array([1.0, 0.0, 0.0])
_NOT_A_WHOLE = (
    "its conductances are per area (R_tun in ohm m^2), and a lateral channel needs those of the whole contact (in ohm): "
    "take junction.over(area), or build it with per_area=False if they are those"
)
_NOT_PER_AREA = (
    "its conductances are those of a whole contact (R_tun in ohm), and the nonmagnet is per area (r_s in ohm m^2): "
    "leave out .over(area) and per_area=False"
)


class Detector(eqx.Module):
    """The second contact of a nonlocal device.

    Arguments:
        junction: its junction as a whole, with conductances in Ω⁻¹ (`Junction.over`).
        magnetisation: direction of its magnetisation, [3]; any length, it is normalised.
        drive: its bias; without net current unless given.
    """

    junction: Junction
    magnetisation: Real[AnyArray, "*#points 3"] = eqx.field(default_factory=_X.copy, converter=partial(unit, "detector: magnetisation"))
    drive: AbstractDrive = CurrentBias(0.0)


class Device(eqx.Module):
    """A ferromagnet / tunnel barrier / nonmagnet contact, or two of them on one channel.

    Arguments:
        junction: the tunnel junction, per area; on a lateral channel as a whole (`Junction.over`).
        nonmagnet: the nonmagnet below it.
        magnetisation: direction m of the ferromagnet's magnetisation, [3]; any length, it is normalised.
        L_0: Lorenz number by which α is read off r_s and r_Q [V² K⁻²].
        detector: the second contact, on a lateral channel; None elsewhere.

    Raises:
        ValueError: a lateral channel without a detector, or a detector without one; a junction per area on a lateral channel, or as a
            whole elsewhere; a bulk Seebeck coefficient beyond the second law.
    """

    junction: Junction
    nonmagnet: AbstractNonmagnet
    magnetisation: Real[AnyArray, "*#points 3"] = eqx.field(default_factory=_X.copy, converter=partial(unit, "magnetisation"))
    L_0: Scalar = L_0_SEED
    detector: Detector | None = None

    def __check_init__(self) -> None:
        is_lateral = isinstance(self.nonmagnet, Lateral)
        if is_lateral and self.detector is None:
            raise ValueError("device: a lateral channel needs a detector: give one, Detector(junction, magnetisation)")
        if self.nonmagnet.S_N is not None and isinstance(self.nonmagnet, AbstractExtended):
            material = self.nonmagnet.material
            limit = material.rho / (material.rho_Q * self.junction.T_0)
            if is_concrete(limit, self.nonmagnet.S_N) and np.any(np.asarray(self.nonmagnet.S_N) ** 2 > np.asarray(limit) * (1 + 1e-9)):
                given, allowed = (float(np.max(abs(np.asarray(self.nonmagnet.S_N)))), float(np.min(np.asarray(limit))) ** 0.5)
                raise ValueError(
                    f"nonmagnet: |S_N| = {with_prefix(given, 'V/K')}: breaks the second law, S_N^2 <= rho/(rho_Q T_0): "
                    f"take |S_N| up to {with_prefix(allowed, 'V/K')}, or a smaller alpha"
                )
        if not is_lateral and self.detector is not None:
            raise ValueError(f"device: a detector has no place on a {type(self.nonmagnet).__name__} nonmagnet: take a Lateral one")
        for name, junction in (("junction", self.junction), ("detector", None if self.detector is None else self.detector.junction)):
            if junction is not None and junction.per_area == is_lateral:
                raise ValueError(f"device: {name}: {_NOT_A_WHOLE if is_lateral else _NOT_PER_AREA}")

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

    @property
    def sensing(self) -> tuple[Junction, Real[AnyArray, "*#points 3"]]:
        """The junction that senses the accumulations and its magnetisation: the detector's, or the only one."""
        if self.detector is None:
            return self.junction, self.magnetisation
        return self.detector.junction, self.detector.magnetisation


class NaturalUnits(eqx.Module):
    """A device, its drive and its fields as pure numbers and volts, the form in which every solver works.

    Conductances are counted in 1/r_s + G, times in τ_s, and temperature differences in volts by `kelvin` = √(r_s/(r_Q T_0)). Then
    r_s = r_Q, the matrix 𝒢 = [[G, −L], [−L T_0, κ_el]] is symmetric, and no coefficient is larger than the physics makes it, so
    that single precision works to its own accuracy. Computed on Python or NumPy numbers, before anything is traced, they are
    double precision throughout. Lengths stay in metres.

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


def precession(larmor: Scalar | Real[AnyArray, "3 3"], fields: Vectors) -> Vectors:
    """ω_L τ_s as a vector in the fields [T], [..., 3]; `larmor` is a number or a tensor."""
    return fields @ array_module(larmor, fields).swapaxes(larmor, -1, -2) if getattr(larmor, "ndim", 0) == 2 else larmor * fields


def _slowest(tensor: Real[AnyArray, "3 3"] | None) -> Scalar:
    """The smallest eigenvalue of a relaxation tensor, without a derivative."""
    if tensor is None:
        return 1.0
    xp = array_module(tensor)
    return xp.linalg.eigvalsh(tensor if xp is np else jax.lax.stop_gradient(tensor))[0]


def effective_g(g: Scalar | Real[AnyArray, "3 3"], direction: Real[AnyArray, "*#points 3"]) -> Scalar | Real[AnyArray, "*#points"]:
    """The Landé factor of a field along a direction [3] or [points, 3]: a number as it is, of a tensor |g·b|."""
    if getattr(g, "ndim", 0) != 2:
        return g
    turned = precession(g, direction)
    return array_module(turned).sqrt(dot(turned, turned))
