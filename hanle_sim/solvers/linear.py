"""Method `linear`: the steady state as one system of linear equations a field, 6×6, or 12×12 for two contacts."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..numerics.small_systems import solve as eliminate
from ..numerics.types import AnyArray, Array, Real
from ..numerics.vectors import array_module, cross, full_precision, perpendicular
from ..physics import Contact, Device, NaturalUnits
from ..physics.bloch import bloch_equations, conduction
from .bias import closed_by_bias
from .volumes.contacts import contacts_of, driven
from .volumes.mesh import block_diagonal

# Halvings of a wide contact until it is thin, and the size that the remaining series of six terms takes to rounding.
_HALVINGS, _THIN = 36, 0.002


def systems(natural: NaturalUnits) -> tuple[Real[AnyArray, "points n n"], Real[AnyArray, "#points n"]]:
    """A and s of A y + s = 0 at every field of a sweep, y = (u, T) in volts, one contact after the other.

    The equations are affine: their value at rest is s, and without a drive their values at the unit states are A's columns. On
    NumPy arrays nothing is compiled. For a lumped nonmagnet they are the Bloch equations, y' = A y + s; for others twice the
    currents from the contacts less those that are conducted away.

    Raises:
        ValueError: a nonmagnet without an impedance, such as one with a bulk Seebeck coefficient.
    """
    omega, b, device = natural.omega, natural.direction, natural.device
    if device.nonmagnet.is_well_mixed:
        larmor = omega[:, None] * (b[None, :] if b.ndim == 1 else b)

        def rate(y: AnyArray, device: Device) -> AnyArray:
            return bloch_equations(np.broadcast_to(y.reshape(2, 3), (omega.shape[0], 2, 3)), device, larmor).reshape(-1, 6)

        undriven = device.with_contacts(*(contact.undriven for contact in device.contacts))
        columns = [rate(unit, undriven) for unit in np.eye(6)]
        return array_module(columns).stack(columns, -1), rate(np.zeros(6), device)
    conducted = conduction(device.nonmagnet, omega, b)
    xp = array_module(natural, conducted)
    tunnelled = [driven(xp, contact) for contact in contacts_of(natural)]
    back_flow, source = (
        [xp.broadcast_to(one, (omega.shape[0], *one.shape[1:])) for one in parts] for parts in zip(*tunnelled, strict=True)
    )
    A = 2 * (back_flow[0] if len(back_flow) == 1 else block_diagonal(xp, *back_flow)) - conducted
    return A, 2 * xp.concatenate(source, -2)[..., 0]


def balanced(natural: NaturalUnits) -> tuple[Real[AnyArray, "points n n"], Real[AnyArray, "points n 1"]]:
    """`systems` as equations, A y = −s, each divided by its largest coefficient: times that differ by decades cost no digits."""
    A, s = systems(natural)
    size = abs(A).max(-1, keepdims=True)
    return A / size, -s[..., None] / size


def solve(natural: NaturalUnits) -> Real[AnyArray, "points *#contacts 2 3"]:
    """Steady state of every field of a sweep, without stray fields. On NumPy arrays nothing is compiled.

    Covers everything that has an impedance: relaxation tensors and Im G↑↓ as well. Returns u and T in volts,
    [points, 2, 3]; on a lateral channel those at injector and detector, [points, 2, 2, 3]. Raises ValueError as `systems` does.
    """
    if natural.device.nonmagnet.has_local_back_flow:
        return _under_contact(natural)
    A, s = balanced(natural)
    y = eliminate(A, s)
    return y.reshape(-1, 2, 2, 3) if A.shape[-1] == 12 else y.reshape(-1, 2, 3)


@jax.jit
def steady_state(natural: NaturalUnits) -> Real[Array, "points *#contacts 2 3"]:
    """`solve`, compiled."""
    return jnp.asarray(solve(natural))


@full_precision
def _under_contact(natural: NaturalUnits) -> Real[AnyArray, "points 2 3"]:
    """Mean over a wide contact on a thin channel, of 6×6 operators throughout: any η, and Im G↑↓.

    Y″ = M Y − 2 R J under the contact, M = Λ(1 − τω b×) + R 𝒢, and Y′ = ∓κ Y at its edges. The mean is Y = 2 Z J. Th = tanh(√M ℓ)/√M
    and U = (1 − Th/ℓ)/M come from a thin slice by doubling it:

        Z = [U + Th (M Th + κ)⁻¹ Th/ℓ] R
        Th(2ℓ) = 2 Th (1 + M Th²)⁻¹,      U(2ℓ) = (U(ℓ) + Th²) (1 + M Th²)⁻¹,      lengths in units of ℓ each time

    Written for components along b and on the two circular vectors u_± = (e ± i b×e)/√2, in which precession is diagonal, so that
    however fast it is the digits of the component along b are kept. See docs/derivations.md, section 7.2.
    """
    device, omega, b = natural.device, natural.omega, natural.direction
    nonmagnet: Any = device.nonmagnet
    contact = device.injector
    material, half = nonmagnet.material, nonmagnet.width / 2
    points, xp = omega.shape[0], array_module(natural)
    kinds = (material.tau_s, material.lambda_s), (material.tau_Q, material.lambda_Q)
    sheet = (2 * half**2 * material.rho, 2 * half**2 * material.rho_Q)
    across = perpendicular(b)
    around = cross(b, across)
    basis = xp.stack([b + 0j, (across + 1j * around) / 2**0.5, (across - 1j * around) / 2**0.5], -1)
    basis = xp.broadcast_to(basis, (points, 3, 3))
    adjoint = basis.conj().swapaxes(-1, -2)

    def currents(y: AnyArray, contact: Contact) -> AnyArray:
        """2 ℓ² R (I_s, I_Qs) in the local state y under a bias that holds the voltage, by components, [points, 6]."""
        found = contact.currents(y)
        return xp.concatenate([(adjoint @ (scale * found[:, kind])[..., None])[..., 0] for kind, scale in enumerate(sheet)], -1)

    def operator(power: float) -> AnyArray:
        """ℓ^2p Λ^p, a function of the rotation, [points, 6, 6]."""
        diagonal = []
        for tau, length in kinds:
            z = (1 + 1j * omega * tau) ** power
            diagonal += [(half / length) ** (2 * power) * part for part in (xp.ones_like(z), z, xp.conj(z))]
        return xp.stack(diagonal, -1)[:, None, :] * np.eye(6)[None]

    def back_flow() -> AnyArray:
        """−R 𝒢 by components, [points, 6, 6]."""
        short = contact.at_one_volt.undriven
        units = [np.broadcast_to(unit.reshape(2, 3), (points, 2, 3)) for unit in np.eye(6)]
        columns = xp.stack([currents(y, short) for y in units], -1)  # of states along x, y, z
        return xp.concatenate([columns[..., 3 * k : 3 * k + 3] @ basis for k in range(2)], -1)

    M = operator(1.0) - back_flow()
    kappa, one = operator(0.5), np.eye(6, dtype=complex)[None]
    halvings = _HALVINGS
    if xp is np:  # as many as the widest needs
        size = np.max(abs(M).sum((-1, -2)))
        halvings = int(np.clip(np.ceil(np.log2(size / _THIN) / 2), 0, _HALVINGS))
    X = M * 4.0**-halvings
    Th = one - X @ (one / 3 - X @ (one * (2 / 15) - X @ (one * (17 / 315) - X * (62 / 2835))))
    U = one / 3 - X @ (one * (2 / 15) - X @ (one * (17 / 315) - X @ (one * (62 / 2835) - X * (1382 / 155925))))

    def doubled(slice_: tuple[AnyArray, ...], _: Any) -> tuple[tuple[AnyArray, ...], None]:
        """Th/2ℓ, U/4ℓ² and 4ℓ²M of a slice twice as wide."""
        Th, U, X = slice_
        factor = eliminate(one + X @ Th @ Th, one)
        return (Th @ factor, (U + Th @ Th) @ factor / 4, 4 * X), None

    if xp is np:
        for _ in range(halvings):
            (Th, U, X), _ = doubled((Th, U, X), None)
    else:
        (Th, U, X), _ = jax.lax.scan(doubled, (Th, U, X), None, length=halvings)
    Z = U + Th @ eliminate(M @ Th + kappa, Th)
    rest = np.zeros((points, 2, 3))
    states = ((Z @ currents(rest, source)[..., None]).reshape(-1, 2, 3) for source in (contact.at_one_volt, contact.thermal))
    per_volt, thermal = (xp.stack([(basis @ state[:, k, :, None])[..., 0].real for k in range(2)], -2) for state in states)
    return closed_by_bias((contact,), (per_volt,), thermal)
