"""A device in natural units, the form in which every solver works."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import numpy as np

from ..constants import hbar, mu_B
from ..numerics.stages import computed_once
from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import Scalars, Vectors, array_module, unit_of
from .bloch import relaxation_rates
from .contact import Contact
from .device import Device
from .field import Field
from .precession import precession
from .stray import AbstractStray

_Z = np.array([0.0, 0.0, 1.0])


class NaturalUnits(eqx.Module):
    """A device and its fields as pure numbers and volts, the form in which every solver works.

    Conductances are counted in 1/r_s + G, times in τ_s, and temperature differences in volts by `kelvin` = √(r_s/(r_Q T_0)). Then
    r_s = r_Q, the matrix 𝒢 = [[G, −L], [−L T_0, κ_el]] is symmetric, and no coefficient is larger than the physics makes it, so
    that single precision works to its own accuracy. Computed on Python or NumPy numbers, before anything is traced, they are
    double precision throughout. Lengths stay in metres. See docs/derivations.md, section 2.2.

    Attributes:
        device: the device in natural units (T_0 = 1); currents and Delta_T_0 are in volts; magnetisations are one, [3], or one for
            every point, [points, 3].
        omega: ω_L τ_s of every point, signed along its direction, [points].
        direction: axis of the precession, [3] or [points, 3].
        kelvin: volts per kelvin of a temperature difference.
        time: the unit of time, τ_s [s].
        stray: the distribution of stray fields; None for none.
        total: the fields that stray fields add to [T], [points, 3].
        larmor: ω_L τ_s per tesla, a number, or a 3×3 tensor.
        resting: the contacts' magnetisations at rest, [3] each.
    """

    device: Device
    omega: Real[AnyArray, " points"]
    direction: Real[AnyArray, "*#points 3"]
    kelvin: Scalar
    time: Scalar
    stray: AbstractStray | None
    total: Vectors
    larmor: Scalar | Real[AnyArray, "3 3"]
    resting: tuple[Real[AnyArray, "3"], ...]

    @property
    def has_one_direction(self) -> bool:
        """Whether the field and every magnetisation keep their directions along the sweep."""
        return self.direction.ndim == 1 and all(contact.magnetisation.ndim == 1 for contact in self.device.contacts)

    @classmethod
    def of(cls, device: Device, field: Field) -> "NaturalUnits":
        """Express a device and a field sweep in natural units."""
        nonmagnet, none = device.nonmagnet, np.zeros(1)
        kelvin = (nonmagnet.r_s / nonmagnet.r_Q / device.T_0) ** 0.5
        scale = {"conductance": 1 / nonmagnet.r_s + device.injector.junction.G, "kelvin": kelvin}
        natural = cls(
            device=Device(
                tuple(contact.rescaled(**scale) for contact in device.contacts),
                nonmagnet.rescaled(**scale, T_0=device.T_0, time=nonmagnet.tau_s),
                device.L_0 / kelvin**2,
            ),
            omega=none,
            direction=_Z,
            kelvin=kelvin,
            time=nonmagnet.tau_s,
            stray=None,
            total=none[:, None] * _Z,
            larmor=nonmagnet.g * (mu_B / hbar) * nonmagnet.tau_s,
            resting=tuple(contact.magnetisation for contact in device.contacts),
        )
        return natural.in_field(field)

    def in_field(self, field: Field) -> "NaturalUnits":
        """The same device in a sweep: precession, and the magnetisations as the field turns them. What a run does for every sweep."""
        turned = [field.magnetisation(m) for m in self.resting]
        total = field.total(turned[0])
        if getattr(self.larmor, "ndim", 0) == 2 or not field.is_plain:
            omega, direction = unit_of(precession(self.larmor, total), _Z)
        else:
            omega, direction = self.larmor * field.B, field.direction
        contacts = (contact.turned(m) for contact, m in zip(self.device.contacts, turned, strict=True))
        changes = {"device": self.device.with_contacts(*contacts), "omega": omega, "direction": direction}
        return computed_once(dataclasses.replace(self, **changes, stray=field.stray, total=total))

    @property
    def rest(self) -> Real[AnyArray, "3"]:
        """The injector's magnetisation at rest, [3]."""
        return self.resting[0]

    @property
    def narrowest(self) -> Scalar:
        """The smallest field at which precession matters: ω_Lτ = 1 for the longest way of a spin through the device [T]."""
        nonmagnet, xp = self.device.nonmagnet, array_module(self)
        tensors = (nonmagnet.tau_s, nonmagnet.relaxation_s), (nonmagnet.tau_Q, nonmagnet.relaxation_Q)
        longest = xp.maximum(*(tau / relaxation_rates(tensor)[0] for tau, tensor in tensors))
        longest = longest * nonmagnet.longest_way
        rate = xp.max(abs(xp.asarray(self.larmor))) * longest
        return 1 / xp.where(rate > 0, rate, 1.0)

    def at(self, fields: Vectors, magnetisations: Sequence[Vectors]) -> "NaturalUnits":
        """The same device in other total fields [T], [points, 3], without stray fields, its magnetisations as given."""
        omega, direction = unit_of(precession(self.larmor, fields), _Z)
        contacts = [one.turned(m) for one, m in zip(self.device.contacts, magnetisations, strict=True)]
        device = self.device.with_contacts(*contacts)
        return NaturalUnits(device, omega, direction, self.kelvin, self.time, None, fields, self.larmor, self.resting)

    def signal(self, y: Real[AnyArray, "points *#contacts 2 3"]) -> Scalars:
        """ΔV_Hanle of states y [V], at the contact that senses them [V], [points]."""
        return self.device.detector.signal(y.reshape(self.omega.shape[0], -1, 2, 3)[:, -1])

    def with_contacts(self, *contacts: Contact) -> "NaturalUnits":
        """The same nonmagnet and fields with other contacts, or the same under other biases."""
        return dataclasses.replace(self, device=self.device.with_contacts(*contacts))
