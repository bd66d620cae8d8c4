"""Exact steady states of extended nonmagnets, in SI, from the table of docs/derivations.md, section 3.2: NumPy and SciPy alone.

The objects of the package are read for their parameters only.
"""

import numpy as np
from scipy import constants
from scipy.linalg import expm, sqrtm

from hanle_sim.physics.device import Device
from hanle_sim.physics.drives import AbstractDrive, CurrentBias
from hanle_sim.physics.field import Field
from hanle_sim.physics.junction import Junction
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Drift, Film, Lateral, WideContact
from hanle_sim.physics.nonmagnets.material import Material

MU_B, HBAR = constants.physical_constants["Bohr magneton"][0], constants.hbar


def generator(b: np.ndarray) -> np.ndarray:
    return np.array([[0, -b[2], b[1]], [b[2], 0, -b[0]], [-b[1], b[0], 0]])


def of_precession(f, omega: float, b: np.ndarray, tau: float) -> np.ndarray:
    """f(1 − τ ω b×) as a 3×3 matrix, for a scalar function f of a complex z."""
    across = np.eye(3) - np.outer(b, b)
    plus = complex(f(1 + 1j * omega * tau))
    # b× has the eigenvalue ∓i on (1 − b bᵀ ± i b×)/2, so that z = 1 ± iωτ there.
    return complex(f(1 + 0j)).real * np.outer(b, b) + plus.real * across - plus.imag * generator(b)


def admittance(nonmagnet: AbstractNonmagnet, omega: float, b: np.ndarray) -> np.ndarray:
    """Currents into the nonmagnet per (u, T) at one contact, [6, 6]."""
    material = nonmagnet.material
    if material.S_N is not None or not nonmagnet.is_isotropic:
        assert isinstance(nonmagnet, Diffusive)
        K, A = bulk(material, omega, b)
        return K @ scaled_root(material, A)
    Y = np.zeros((6, 6))
    for k, (rho, tau) in enumerate(((material.rho, material.tau_s), (material.rho_Q, material.tau_Q))):
        length = np.sqrt(material.D * tau)
        Y[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = of_precession(lambda z, length=length: slope(nonmagnet, z, length), omega, b, tau) / (
            2 * rho
        )
    return Y


def slope(nonmagnet: AbstractNonmagnet, z: complex, length: float) -> complex:
    """1/(λ f(z))."""
    root = np.sqrt(z)
    if isinstance(nonmagnet, Diffusive):
        return root / length
    if isinstance(nonmagnet, Film):
        decay = np.exp(-2 * root * nonmagnet.thickness / length)
        tanh = -np.expm1(-2 * root * nonmagnet.thickness / length) / (1 + decay)
        return root * tanh / length if nonmagnet.back == "reflecting" else root / tanh / length
    assert isinstance(nonmagnet, Drift)
    drift = nonmagnet.velocity * length / (2 * nonmagnet.material.D)
    return (drift + np.sqrt(drift**2 + z)) / length if drift > 0 else z / (np.sqrt(drift**2 + z) - drift) / length


def bulk(material: Material, omega: float, b: np.ndarray, T_0: float = 300.0) -> tuple[np.ndarray, np.ndarray]:
    """K and A of K y″ = K A y: currents −K y′, and what relaxes and turns, with the bulk's own Seebeck coefficient."""
    S_N = material.S_N or 0.0
    K = np.kron([[1 / material.rho, S_N / material.rho], [S_N * T_0 / material.rho, 1 / material.rho_Q]], np.eye(3)) / 2
    loss = np.zeros((6, 6))
    for k, (rho, tau, Gamma) in enumerate(
        ((material.rho, material.tau_s, material.relaxation_s), (material.rho_Q, material.tau_Q, material.relaxation_Q))
    ):
        rate = (np.eye(3) if Gamma is None else Gamma) / tau - omega * generator(b)
        loss[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = rate / (2 * rho * material.D)
    return K, np.linalg.solve(K, loss)


def scaled_root(material: Material, A: np.ndarray) -> np.ndarray:
    """√A for A in m⁻², in units in which its elements are alike."""
    scale = np.repeat([1.0, np.sqrt(material.rho / material.rho_Q / 300.0)], 3)  # kelvins to volts
    length = np.sqrt(material.D * material.tau_s)
    root = sqrtm(length**2 * scale[:, None] * A / scale)
    return np.real(root) / scale[:, None] * scale / length


def tunnel(junction: Junction, m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Currents from the junction: matrix per (u, T), per volt, and per ΔT_0."""
    G, L, kappa, T_0 = junction.G, junction.L, junction.kappa_el, junction.T_0
    mixed = junction.eta_mix * np.eye(3) + (1 - junction.eta_mix) * np.outer(m, m)
    N = np.block([[-G / 2 * mixed, L / 2 * mixed], [L * T_0 / 2 * mixed, -kappa / 2 * mixed]])
    if junction.G_i is not None:
        N[:3, :3] += junction.G_i / 2 * generator(m)
    per_volt = np.concatenate([m * junction.P_G_G, -m * junction.P_L_L * T_0])
    per_kelvin = np.concatenate([m * junction.P_L_L, -m * junction.P_kappa_kappa])
    return N, per_volt, per_kelvin


def closing(junction: Junction, m: np.ndarray, drive: AbstractDrive) -> tuple[float, np.ndarray]:
    """V = V_0 + h·(u, T)."""
    if isinstance(drive, CurrentBias):
        h = np.concatenate([m * junction.P_G_G, -m * junction.P_L_L]) / junction.G / 2
        return (drive.I - junction.L * drive.Delta_T_0) / junction.G, h
    return drive.V, np.zeros(6)


def solved(matrix: np.ndarray, source: np.ndarray, kelvin: float) -> np.ndarray:
    """matrix y = source with temperatures in volts meanwhile."""
    scale = np.tile(np.repeat([1.0, kelvin], 3), source.size // 6)
    return np.linalg.solve(matrix / scale, source) / scale


def exact(device: Device, drive: AbstractDrive, field: Field) -> np.ndarray:
    """u [V] and T [K] at every field, mean over every contact: [points, contacts, 2, 3]."""
    nonmagnet, kelvin = device.nonmagnet, np.sqrt(device.nonmagnet.r_s / device.nonmagnet.r_Q / device.injector.junction.T_0)
    found = []
    for B, b in zip(field.B, np.broadcast_to(field.direction, (field.B.size, 3)), strict=True):
        omega = nonmagnet.g * MU_B / HBAR * B
        if isinstance(nonmagnet, Lateral):
            y = lateral(device, drive, omega, b, kelvin)
        elif isinstance(nonmagnet, WideContact):
            y = covering(device, drive, omega, b)
        else:
            N, per_volt, per_kelvin = tunnel(device.injector.junction, device.injector.magnetisation)
            V_0, h = closing(device.injector.junction, device.injector.magnetisation, drive)
            matrix = admittance(nonmagnet, omega, b) - N - np.outer(per_volt, h)
            y = solved(matrix, per_volt * V_0 + per_kelvin * drive.Delta_T_0, kelvin)
        found.append(y.reshape(-1, 2, 3))
    return np.array(found)


def covering(device: Device, drive: AbstractDrive, omega: float, b: np.ndarray) -> np.ndarray:
    """Back-flow from under the contact: y = p + cosh(κx) a there, κ the root of what relaxes, turns and flows back."""
    material, w, m = device.nonmagnet.material, device.nonmagnet.width, device.injector.magnetisation
    K, outside = bulk(material, omega, b)
    N, per_volt, per_kelvin = tunnel(device.injector.junction, m)
    inside = outside - np.linalg.solve(K, N)
    under, beyond = scaled_root(material, inside), scaled_root(material, outside)
    particular = np.linalg.solve(inside, np.linalg.solve(K, np.stack([per_volt, per_kelvin * drive.Delta_T_0], -1)))
    decay = expm(-under * w)
    tanh = np.linalg.solve(np.eye(6) + decay, np.eye(6) - decay)
    edge = -np.linalg.solve(under @ tanh + beyond, beyond @ particular)  # cosh(κw/2) a
    mean = particular + (2 / w) * np.linalg.solve(under, tanh @ edge)
    V_0, h = closing(device.injector.junction, m, drive)
    V = (V_0 + h @ mean[:, 1]) / (1 - h @ mean[:, 0])
    return mean[:, 0] * V + mean[:, 1]


def lateral(device: Device, drive: AbstractDrive, omega: float, b: np.ndarray, kelvin: float) -> np.ndarray:
    """y_i = Σ_j 2 Z_ij (currents at j) at injector and detector."""
    nonmagnet, material = device.nonmagnet, device.nonmagnet.material
    Z = np.zeros((2, 6, 2, 6))
    for k, (rho, tau) in enumerate(((material.rho, material.tau_s), (material.rho_Q, material.tau_Q))):
        part = slice(3 * k, 3 * k + 3)
        for i in range(2):
            for j in range(2):
                Z[i, part, j, part] = (
                    2
                    * rho
                    * of_precession(lambda z, i=i, j=j, tau=tau: green(nonmagnet, np.sqrt(z / (material.D * tau)), i, j), omega, b, tau)
                )
    Z = Z.reshape(12, 12)
    N, source = np.zeros((12, 12)), np.zeros(12)
    for k, (contact, bias) in enumerate(((device.injector, drive), (device.detector, device.detector.drive))):
        back_flow, per_volt, per_kelvin = tunnel(contact.junction, contact.magnetisation)
        V_0, h = closing(contact.junction, contact.magnetisation, bias)
        N[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] = back_flow + np.outer(per_volt, h)
        source[6 * k : 6 * k + 6] = per_volt * V_0 + per_kelvin * bias.Delta_T_0
    return solved(np.eye(12) - Z @ N, Z @ source, kelvin)


def green(nonmagnet: Lateral, kappa: complex, i: int, j: int) -> complex:
    """cosh κ(x_< + a) cosh κ(ℓ + b − x_>)/(κ sinh κ(a + ℓ + b)), a and b the distances of the reflecting ends."""
    x, y = sorted((i * nonmagnet.distance, j * nonmagnet.distance))
    a, b = (np.inf if end is None else end for end in (nonmagnet.left_end, nonmagnet.right_end))
    whole = a + nonmagnet.distance + b

    def image(distance: float) -> complex:
        return 0.0 if np.isinf(distance) else np.exp(-2 * kappa * distance)

    return np.exp(-kappa * (y - x)) * (1 + image(a + x)) * (1 + image(nonmagnet.distance + b - y)) / (2 * kappa * (1 - image(whole)))
