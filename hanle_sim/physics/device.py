"""A device: contacts on a nonmagnet."""

import dataclasses
from typing import Any

import equinox as eqx
import numpy as np

from ..constants import L_0_PAPER
from ..numerics.checks import is_concrete
from ..numerics.types import Scalar
from ..text import number_text, with_prefix
from .contact import Contact
from .description import AbstractDescribed
from .drives import AbstractDrive
from .nonmagnets import AbstractNonmagnet

_NOT_A_WHOLE = (
    "its conductances are per area (R_tun in ohm m^2), and a lateral channel needs those of the whole contact (in ohm): "
    "take junction.over(area), or build it with per_area=False if they are those"
)
_NOT_PER_AREA = (
    "its conductances are those of a whole contact (R_tun in ohm), and the nonmagnet is per area (r_s in ohm m^2): "
    "leave out .over(area) and per_area=False"
)


def _as_contacts(contacts: Any) -> Any:
    """One contact, or several in any sequence, as a tuple."""
    return (contacts,) if isinstance(contacts, Contact) else tuple(contacts)


class Device(AbstractDescribed):
    """Contacts on a nonmagnet: one that injects and senses, or on a lateral channel an injector and a detector.

    Arguments:
        contacts: the contact, or on a lateral channel the injector and the detector.
        nonmagnet: the nonmagnet below.
        L_0: Lorenz number in α = r_s/(L_0 T_0 r_Q) [V² K⁻²].

    Raises:
        ValueError: more or fewer contacts than the nonmagnet has; a junction per area on a lateral channel, or as a whole elsewhere;
            a bulk Seebeck coefficient that breaks the second law.

    Example:
        >>> from hanle_sim import Contact, Device, Junction, Lumped
        >>> Device(Contact(Junction.from_resistance(R_tun=50e-12, P_G=0.5)), Lumped.of_spin(r_s=25e-12, tau_s=1e-9))
        Device(Lumped, R_tun = 50 ohm um^2, r_s/R_tun = 0.5)
    """

    contacts: tuple[Contact, ...] = eqx.field(converter=_as_contacts)
    nonmagnet: AbstractNonmagnet
    L_0: Scalar = L_0_PAPER

    def __check_init__(self) -> None:
        names, kind = self.nonmagnet.contacts, type(self.nonmagnet).__name__
        if len(self.contacts) != len(names):
            wanted = "one contact" if len(names) == 1 else f"{len(names)} contacts, {' and '.join(names)}"
            raise ValueError(f"device: contacts: {len(self.contacts)} on a {kind} nonmagnet: must be {wanted}")
        for name, contact in zip(names, self.contacts, strict=True):
            if contact.junction.per_area != self.nonmagnet.is_per_area:
                raise ValueError(f"device: {name}: {_NOT_PER_AREA if self.nonmagnet.is_per_area else _NOT_A_WHOLE}")
        self._check_bulk()

    def _check_bulk(self) -> None:
        nonmagnet: Any = self.nonmagnet
        if (S_N := nonmagnet.S_N) is None:
            return
        limit = nonmagnet.material.rho / (nonmagnet.material.rho_Q * self.T_0)
        if is_concrete(limit, S_N) and np.any(np.asarray(S_N) ** 2 > np.asarray(limit) * (1 + 1e-9)):
            given, allowed = (float(np.max(abs(np.asarray(S_N)))), float(np.min(np.asarray(limit))) ** 0.5)
            raise ValueError(
                f"nonmagnet: |S_N| = {with_prefix(given, 'V/K')}: breaks the second law, S_N^2 <= rho/(rho_Q T_0): "
                f"take |S_N| up to {with_prefix(allowed, 'V/K')}, or a smaller alpha"
            )

    def description(self) -> str:
        R_tun = self.injector.junction.description().partition(",")[0]
        return f"{type(self.nonmagnet).__name__}, {R_tun}, r_s/R_tun = {number_text(float(self.mismatch_s), 4)}"

    @property
    def injector(self) -> Contact:
        """The contact that is driven: the first, or the only one."""
        return self.contacts[0]

    @property
    def detector(self) -> Contact:
        """The contact at which ΔV_Hanle is read: the last, or the only one."""
        return self.contacts[-1]

    @property
    def is_nonlocal(self) -> bool:
        """Whether another contact than the injector senses the accumulations."""
        return len(self.contacts) > 1

    @property
    def T_0(self) -> Scalar:
        """Mean electron temperature of the nonmagnet [K]."""
        return self.injector.junction.T_0

    @property
    def alpha(self) -> Scalar:
        """α = r_s/(L_0 T_0 r_Q), Eq. (13)."""
        return self.nonmagnet.r_s / (self.L_0 * self.T_0 * self.nonmagnet.r_Q)

    @property
    def mismatch_s(self) -> Scalar:
        """r_s/R_tun of the injector, the conductivity mismatch, which measures back-flow of spins."""
        return self.nonmagnet.r_s * self.injector.junction.G

    @property
    def mismatch_Q(self) -> Scalar:
        """r_Q κ_el of the injector, the heat conductivity mismatch, which measures back-flow of spin heat."""
        return self.nonmagnet.r_Q * self.injector.junction.kappa_el

    @property
    def nonlocal_current(self) -> Scalar | None:
        """The constant current of a lateral channel's injector [A]; None for other devices and biases."""
        return self.injector.drive.constant_current if self.is_nonlocal else None

    def under(self, drive: AbstractDrive) -> "Device":
        """The same device with its injector under another bias."""
        return self.with_contacts(self.injector.under(drive), *self.contacts[1:])

    def with_contacts(self, *contacts: Contact) -> "Device":
        """The same device with other contacts."""
        return dataclasses.replace(self, contacts=contacts)
