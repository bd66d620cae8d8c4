"""The signal after complete dephasing, as ω_L → ∞, for every nonmagnet, every relaxation and any magnetisations."""

import dataclasses

import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import AnyArray
from ..numerics.vectors import Scalars, dot
from ..physics import Contact, NaturalUnits, VoltageBias
from . import closed, volumes
from .bias import closed_by_bias
from .closed.admittance import AbstractAdmittance

# A cosine below this is rounding.
_ACROSS = 1e-12


def dephased_signal(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> Scalars:
    """ΔV_Hanle [V] as ω_L → ∞ about the one axis b of a sweep, the magnetisations as they are: a number, or [1].

    Only the components along b are left. They relax at the rates b·Γ_s b/τ_s and b·Γ_Q b/τ_Q, so that the nonmagnet is an
    isotropic one of these rates: a relaxation tensor has an impedance here. At a contact they are injected by cos θ J and flow
    back through [η + (1 − η) cos²θ] 𝒢, cos θ = m·b (docs/derivations.md, section 6); Im G↑↓, which turns spins about m,
    leaves them alone. NaN for two contacts on a nonmagnet that only finite volumes solve.

    Arguments:
        natural: device and fields in natural units; stray fields are left out, as they are nothing beside the field.
        admittance: that of the device's nonmagnet, where it is known.
    """
    axis = natural.direction.reshape(-1, 3)[0]
    device = natural.device
    if not device.nonmagnet.is_isotropic:
        natural = dataclasses.replace(natural, device=dataclasses.replace(device, nonmagnet=device.nonmagnet.along(axis)))
    return _by_finite_volumes(natural, axis) if device.nonmagnet.lacks_impedance else closed.dephased_signal(natural, admittance)


def _by_finite_volumes(natural: NaturalUnits, axis: AnyArray) -> Scalars:
    """The same where the bulk has no impedance: a contact magnetised along b whose conductances are [η + (1 − η) cos²θ] times as
    large, without a field, at a voltage that injects as much; then the bias fixes the voltage. NaN with a
    detector, unless its signal is zero.
    """
    device, contact = natural.device, natural.device.injector
    junction, cosine = contact.junction, dot(device.detector.magnetisation, axis)
    if device.is_nonlocal:
        return 0.0 if is_concrete(cosine) and abs(float(cosine)) < _ACROSS else np.nan
    share = junction.eta_mix + (1 - junction.eta_mix) * cosine**2
    one = dataclasses.replace(junction.scaled(share), eta_mix=1.0, G_i=None)
    still = dataclasses.replace(natural, omega=np.zeros(1), direction=axis, stray=None)
    drives = VoltageBias(cosine / share), VoltageBias(0.0, contact.drive.Delta_T_0 * cosine / share)
    per_volt, thermal = (volumes.steady_state(still.with_contacts(Contact(one, drive, axis))) for drive in drives)
    return contact.signal(closed_by_bias((contact,), (per_volt,), thermal))
