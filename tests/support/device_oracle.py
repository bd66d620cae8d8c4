"""Exact states of every nonmagnet from docs/derivations.md, sections 3 to 8, one field at a time, to many digits: mpmath alone.

Objects of the package are read for the numbers stored in them, nothing else. Contacts answer their voltages first and the bias
closes afterwards, so that a mean over local fields can come between.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
from scipy import constants
from scipy.linalg import sqrtm

from hanle_sim.physics.device import Device
from hanle_sim.physics.drives import AbstractDrive, VoltageBias
from hanle_sim.physics.field import Field
from hanle_sim.physics.junction import Junction
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Drift, Film, Lateral, Lumped, WideContact
from hanle_sim.physics.nonmagnets.material import Material

MU_B, HBAR = constants.physical_constants["Bohr magneton"][0], constants.hbar
DIGITS = 40


class Port(NamedTuple):
    """A contact: its junction's totals and differences between the spins, its magnetisation, its bias."""

    junction: Junction
    m: np.ndarray
    drive: AbstractDrive

    @property
    def sums(self) -> tuple[Any, Any, Any]:
        """G, L, κ_el."""
        j = self.junction
        return mp.mpf(j.G_up) + j.G_down, mp.mpf(j.L_up) + j.L_down, mp.mpf(j.kappa_up) + j.kappa_down

    @property
    def differences(self) -> tuple[Any, Any, Any]:
        """P_G G, P_L L, P_κ κ_el."""
        j = self.junction
        return mp.mpf(j.G_up) - j.G_down, mp.mpf(j.L_up) - j.L_down, mp.mpf(j.kappa_up) - j.kappa_down

    def read(self, y: np.ndarray) -> tuple[float, float]:
        """The two terms of Eq. (6) in a state y [2, 3]."""
        G, (dG, dL, _) = self.sums[0], self.differences
        return float(dG / G / 2) * (self.m @ y[0]), float(-dL / G / 2) * (self.m @ y[1])


def ports(device: Device, drive: AbstractDrive, applied: np.ndarray, B_sat: float | None) -> list[Port]:
    """The contacts of a device in an applied field."""
    found = [Port(device.injector.junction, tilted(np.asarray(device.injector.magnetisation), applied, B_sat), drive)]
    if device.is_nonlocal:
        other = device.detector
        found.append(Port(other.junction, tilted(np.asarray(other.magnetisation), applied, B_sat), other.drive))
    return found


def tilted(m: np.ndarray, applied: np.ndarray, B_sat: float | None) -> np.ndarray:
    """m·n = |B_⊥|/B_sat up to 1, n along the field's component across m."""
    across = applied - (applied @ m) * m
    size = np.linalg.norm(across)
    if B_sat is None or size == 0:
        return m
    share = min(size / B_sat, 1.0)
    return np.cos(np.arcsin(share)) * m + share * across / size


def precession_fields(device: Device, field: Field) -> np.ndarray:
    """Applied fields and, along the injector's magnetisation, the exchange field [T], [points, 3]."""
    applied = applied_fields(field)
    if field.exchange_field is None:
        return applied
    m = np.asarray(device.injector.magnetisation)
    return applied + field.exchange_field * np.array([tilted(m, B, field.B_sat) for B in applied])


def applied_fields(field: Field) -> np.ndarray:
    return np.array([B * b for B, b in zip(field.B, np.broadcast_to(field.direction, (field.B.size, 3)), strict=True)])


def rate(device: Device, B: np.ndarray) -> list[Any]:
    """ω_L as a vector [rad s⁻¹]: μ_B/ħ g B, with g a number or a tensor."""
    g = device.nonmagnet.g
    gB = np.asarray(g) @ B if np.ndim(g) == 2 else g * B
    return [mp.mpf(MU_B) / HBAR * mp.mpf(x) for x in gB]


# What one channel of the nonmagnet answers: u_i = 2 Σ_j Z_ij I_j at the eigenvalue z.


def impedance(nonmagnet: AbstractNonmagnet, heat: bool, z: Any) -> list[list[Any]]:
    if isinstance(nonmagnet, Lumped):
        return [[mp.mpf(nonmagnet.r_Q if heat else nonmagnet.r_s) / z]]
    material, root = nonmagnet.material, mp.sqrt(z)
    rho, length = mp.mpf(material.rho_Q if heat else material.rho), diffusion_length(material, heat)
    if isinstance(nonmagnet, Diffusive):
        return [[rho * length / root]]
    if isinstance(nonmagnet, Film):
        y = root * nonmagnet.thickness / length
        return [[rho * length / root * (mp.coth(y) if nonmagnet.back == "reflecting" else mp.tanh(y))]]
    if isinstance(nonmagnet, Drift):
        v = nonmagnet.velocity * length / (2 * material.D)
        return [[rho * length / (v + mp.sqrt(v * v + z))]]
    assert isinstance(nonmagnet, Lateral)
    return [[rho * green(nonmagnet, root / length, i, j) for j in range(2)] for i in range(2)]


def green(channel: Lateral, kappa: Any, i: int, j: int) -> Any:
    """Source at contact j, answer at i, and the images behind every reflecting end."""
    separation = mp.mpf(channel.distance) * abs(i - j)
    fall = lambda distance: mp.exp(-kappa * distance)  # noqa: E731
    left, right = channel.left_end, channel.right_end
    # Sum of the distances of both from an end.
    to_left = None if left is None else 2 * mp.mpf(left) + mp.mpf(channel.distance) * (i + j)
    to_right = None if right is None else 2 * mp.mpf(right) + mp.mpf(channel.distance) * (2 - i - j)
    found = fall(separation) + sum(fall(distance) for distance in (to_left, to_right) if distance is not None)
    if left is not None and right is not None:  # there and back again
        around = 2 * (mp.mpf(left) + channel.distance + right)
        found = (found + fall(around - separation)) / (1 - fall(around))
    return found / (2 * kappa)


def diffusion_length(material: Material, heat: bool) -> Any:
    return mp.sqrt(mp.mpf(material.D) * (material.tau_Q if heat else material.tau_s))


def times_of(nonmagnet: AbstractNonmagnet) -> tuple[float, float]:
    home = nonmagnet if isinstance(nonmagnet, Lumped) else nonmagnet.material
    return home.tau_s, home.tau_Q


def of_rotation(f: Callable[[Any], list[list[Any]]], turning: list[Any]) -> list[list[mp.matrix]]:
    """f(1 − τ ω b×) as 3×3 blocks; f returns a matrix of contacts. `turning` is τ ω b."""
    size = mp.sqrt(sum(x * x for x in turning))
    still, plus = f(mp.mpf(1)), f(1 + 1j * size)
    b = [x / size for x in turning] if size else [mp.mpf(0)] * 3
    N = mp.matrix([[0, -b[2], b[1]], [b[2], 0, -b[0]], [-b[1], b[0], 0]])
    # b× = −i where z = 1 + iωτ, so that the function's odd part is −Im f_+ b×.
    return [
        [mp.eye(3) * s + N * N * (s - mp.re(p)) - N * mp.im(p) for s, p in zip(*rows, strict=True)]
        for rows in zip(still, plus, strict=True)
    ]


def back_flow(port: Port) -> mp.matrix:
    """Currents (I_s, I_Qs) per (u, T), 6×6, at V = 0."""
    (G, L, kappa), j, T_0 = port.sums, port.junction, mp.mpf(port.junction.T_0)
    m = mp.matrix([mp.mpf(x) for x in port.m])
    along = m * m.T
    mixed = mp.eye(3) * j.eta_mix + along * (1 - mp.mpf(j.eta_mix))
    around = mp.matrix([[0, -m[2], m[1]], [m[2], 0, -m[0]], [-m[1], m[0], 0]]) * (mp.mpf(0 if j.G_i is None else j.G_i) / 2)
    N = mp.zeros(6)
    N[:3, :3], N[:3, 3:] = mixed * (-G / 2) + around, mixed * (L / 2)
    N[3:, :3], N[3:, 3:] = mixed * (L * T_0 / 2), mixed * (-kappa / 2)
    return N


def injected(port: Port) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """(I_s, I_Qs) along m per volt, and by ΔT_0."""
    (dG, dL, dk), dT = port.differences, mp.mpf(port.drive.Delta_T_0)
    return (dG, -dL * port.junction.T_0), (dL * dT, -dk * dT)


def responses(device: Device, contacts: list[Port], omega: list[Any]) -> np.ndarray:
    """States at V = 0 with every ΔT_0, and per volt at each contact without: [1 + contacts, contacts, 2, 3]."""
    if isinstance(device.nonmagnet, WideContact):
        assert device.injector.junction.eta_mix == 1 and device.injector.junction.G_i is None
        return under_contact(device.nonmagnet, contacts[0], omega)
    count = len(contacts)
    Z = mp.zeros(6 * count)
    for heat, tau in enumerate(times_of(device.nonmagnet)):
        blocks = of_rotation(lambda z, heat=bool(heat): impedance(device.nonmagnet, heat, z), [mp.mpf(tau) * w for w in omega])
        for i in range(count):
            for j in range(count):
                for k in range(3):
                    for n in range(3):
                        Z[6 * i + 3 * heat + k, 6 * j + 3 * heat + n] = 2 * blocks[i][j][k, n]
    N, sources = mp.zeros(6 * count), [mp.zeros(6 * count, 1) for _ in range(1 + count)]
    for i, port in enumerate(contacts):
        N[6 * i : 6 * i + 6, 6 * i : 6 * i + 6] = back_flow(port)
        per_volt, thermal = injected(port)
        for kind in range(2):
            for k in range(3):
                sources[0][6 * i + 3 * kind + k] = thermal[kind] * port.m[k]
                sources[1 + i][6 * i + 3 * kind + k] = per_volt[kind] * port.m[k]
    A = mp.eye(6 * count) - Z * N
    found = [mp.lu_solve(A, Z * source) for source in sources]
    return np.array([[float(x) for x in y] for y in found]).reshape(1 + count, count, 2, 3)


def under_contact(nonmagnet: WideContact, port: Port, omega: list[Any]) -> np.ndarray:
    """Back-flow under a contact of width w: cosh(√M x) of 2×2 matrices, matched to the decay outside, channel by channel."""
    material, half = nonmagnet.material, mp.mpf(nonmagnet.width) / 2
    (G, L, kappa_el), T_0 = port.sums, mp.mpf(port.junction.T_0)
    R = mp.matrix([[material.rho, 0], [0, material.rho_Q]])
    sink = mp.matrix([[G, -L], [-L * T_0, kappa_el]])
    size = mp.sqrt(sum(w * w for w in omega))
    b = [w / size for w in omega] if size else [mp.mpf(0)] * 3

    def mean(turning: Any, source: mp.matrix) -> mp.matrix:
        outside = mp.matrix(2, 2)
        for heat, tau in enumerate((material.tau_s, material.tau_Q)):
            outside[heat, heat] = mp.sqrt((1 + 1j * turning * tau) / (mp.mpf(material.D) * tau))
        M = outside * outside + R * sink
        rest = M**-1 * (R * source) * 2
        # y = rest + cosh(√M x) a with y′ = −κ y at the edge; a in units of 1/cosh there.
        reach = of_two_by_two(lambda mu: mp.tanh(mp.sqrt(mu) * half) / mp.sqrt(mu), M)
        edge = (M * reach + outside) ** -1 * (outside * rest)
        return rest - reach * edge / half

    found = []
    m = [mp.mpf(x) for x in port.m]
    along = sum(x * y for x, y in zip(m, b, strict=True))
    turned = [b[1] * m[2] - b[2] * m[1], b[2] * m[0] - b[0] * m[2], b[0] * m[1] - b[1] * m[0]]
    per_volt, thermal = injected(port)
    for source in (thermal, per_volt):
        still, plus = (mean(turning, mp.matrix(list(source))) for turning in (mp.mpf(0), size))
        for kind in range(2):
            s, p = still[kind], plus[kind]
            found.append([float(mp.re(s) * along * b[k] + mp.re(p) * (m[k] - along * b[k]) - mp.im(p) * turned[k]) for k in range(3)])
    return np.array(found).reshape(2, 1, 2, 3)


def of_two_by_two(f: Callable[[Any], Any], M: mp.matrix) -> mp.matrix:
    """f(M) by Sylvester's formula, a hair beside where the eigenvalues coincide."""
    middle, half = (M[0, 0] + M[1, 1]) / 2, (M[0, 0] - M[1, 1]) / 2
    gap = mp.sqrt(half * half + M[0, 1] * M[1, 0])
    if abs(gap) < mp.mpf(10) ** (-DIGITS // 3) * abs(middle):
        gap = mp.mpf(10) ** (-DIGITS // 3) * middle
    low, high = middle - gap, middle + gap
    one = mp.eye(2)
    return ((M - one * low) * f(high) - (M - one * high) * f(low)) / (2 * gap)


def under_contact_in_six(nonmagnet: WideContact, port: Port, omega: np.ndarray) -> np.ndarray:
    """The same with any η and Im G↑↓, as one 6×6 problem (SciPy, double precision): [2, 1, 2, 3]."""
    material, half = nonmagnet.material, nonmagnet.width / 2
    N = np.array([[float(x) for x in row] for row in back_flow(port).tolist()])
    kelvin = np.sqrt(material.rho / material.rho_Q / port.junction.T_0)  # temperatures in volts: entries alike
    scale = np.repeat([1.0, kelvin], 3)
    R = np.repeat([material.rho, material.rho_Q], 3)
    outside = np.zeros((6, 6))
    cross = np.array([[0, -omega[2], omega[1]], [omega[2], 0, -omega[0]], [-omega[1], omega[0], 0]])
    for kind, tau in enumerate((material.tau_s, material.tau_Q)):
        part = slice(3 * kind, 3 * kind + 3)
        outside[part, part] = np.real(sqrtm((np.eye(3) / tau - cross) / material.D))
    M = outside @ outside - 2 * scale[:, None] * R[:, None] * N / scale
    root = sqrtm(M * half**2) / half
    # e^(−2√M ℓ) from its eigenvalues.
    values, vectors = np.linalg.eig(root * half)
    tanh = (vectors * np.tanh(values)) @ np.linalg.inv(vectors)
    reach = np.linalg.solve(root, tanh)
    found = []
    for source in reversed(injected(port)):
        current = np.concatenate([float(x) * port.m for x in source])
        rest = 2 * np.linalg.solve(M, scale * R * current)
        found.append(np.real(rest - reach @ np.linalg.solve(M @ reach + outside, outside @ rest) / half) / scale)
    return np.array(found).reshape(2, 1, 2, 3)


# The bias.


def biased(contacts: list[Port], answers: np.ndarray) -> np.ndarray:
    """The state [contacts, 2, 3] under the biases, from `responses` or a mean of them."""
    count = len(contacts)
    A, c = mp.eye(count), mp.zeros(count, 1)
    for i, port in enumerate(contacts):
        (G, L, _), drive = port.sums, port.drive
        if isinstance(drive, VoltageBias):
            c[i] = mp.mpf(drive.V)
            continue
        # V = R_tun I + P_G (m·u)/2 + S ΔT_0 + P_L S (m·T)/2
        c[i] = (mp.mpf(drive.I) - L * drive.Delta_T_0) / G + sum(port.read(answers[0, i]))
        for j in range(count):
            A[i, j] -= sum(port.read(answers[1 + j, i]))
    V = mp.lu_solve(A, c)
    return answers[0] + sum(float(V[j]) * answers[1 + j] for j in range(count))


def solve(device: Device, drive: AbstractDrive, field: Field, digits: int = DIGITS) -> np.ndarray:
    """u [V] and T [K] at every contact and field, [points, contacts, 2, 3]."""
    found = []
    with mp.workdps(digits):
        for applied, B in zip(applied_fields(field), precession_fields(device, field), strict=True):
            contacts = ports(device, drive, applied, field.B_sat)
            found.append(biased(contacts, responses(device, contacts, rate(device, B))))
    return np.array(found)


def signals(device: Device, drive: AbstractDrive, field: Field, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spin and heat terms of Eq. (6) at the contact that senses, [points] each."""
    read = [ports(device, drive, applied, field.B_sat)[-1].read(state[-1]) for applied, state in zip(applied_fields(field), y, strict=True)]
    return np.array([spin for spin, _ in read]), np.array([heat for _, heat in read])
