"""Independent solutions, written from the equations of docs/derivations.md with mpmath and SciPy alone: no code of the package."""

from dataclasses import dataclass

import mpmath as mp
import numpy as np
from scipy import constants

MU_B, HBAR = constants.physical_constants["Bohr magneton"][0], constants.hbar


@dataclass(frozen=True)
class Parameters:
    """A lumped device under its drive, every number in SI; `bias` is ("I", A/m²) or ("V", V)."""

    G: tuple[float, float]
    L: tuple[float, float]
    kappa: tuple[float, float]
    T_0: float
    eta: float
    r_s: float
    r_Q: float
    tau_s: float
    tau_Q: float
    g: float
    m: tuple[float, float, float]
    b: tuple[float, float, float]
    bias: tuple[str, float]
    Delta_T_0: float


def generalised_matrix(p: Parameters, B: float) -> tuple[mp.matrix, mp.matrix]:
    """The Bloch equations at one field times (τ_s, τ_Q): A y + s = 0 in the steady state, y = (u [V], T [K])."""
    G, L, kappa = (mp.mpf(x[0]) + mp.mpf(x[1]) for x in (p.G, p.L, p.kappa))
    dG, dL, dk = (mp.mpf(x[0]) - mp.mpf(x[1]) for x in (p.G, p.L, p.kappa))
    r_s, r_Q, T_0, eta, dT = (mp.mpf(x) for x in (p.r_s, p.r_Q, p.T_0, p.eta, p.Delta_T_0))
    m, b = [mp.mpf(x) for x in p.m], [mp.mpf(x) for x in p.b]
    omega = mp.mpf(p.g) * mp.mpf(MU_B) / mp.mpf(HBAR) * mp.mpf(B)
    turn = [[0, -b[2], b[1]], [b[2], 0, -b[0]], [-b[1], b[0], 0]]
    at_current = p.bias[0] == "I"
    # Injection m (c V): V = V_0 + h·(m·u, m·T) at constant current.
    c = (dG, -dL * T_0)
    h = (dG / G / 2, -dL / G / 2) if at_current else (mp.mpf(0), mp.mpf(0))
    V_0 = (mp.mpf(p.bias[1]) - L * dT) / G if at_current else mp.mpf(p.bias[1])
    A, s = mp.zeros(6), mp.zeros(6, 1)
    for i in range(3):
        for j in range(3):
            identity = mp.mpf(i == j)
            mixed, along = eta * identity + (1 - eta) * m[i] * m[j], m[i] * m[j]
            A[i, j] = omega * p.tau_s * turn[i][j] - identity + 2 * r_s * (-G / 2 * mixed + c[0] * h[0] * along)
            A[i, j + 3] = 2 * r_s * (L / 2 * mixed + c[0] * h[1] * along)
            A[i + 3, j] = 2 * r_Q * (L * T_0 / 2 * mixed + c[1] * h[0] * along)
            A[i + 3, j + 3] = omega * p.tau_Q * turn[i][j] - identity + 2 * r_Q * (-kappa / 2 * mixed + c[1] * h[1] * along)
        s[i] = 2 * r_s * m[i] * (c[0] * V_0 + dL * dT)
        s[i + 3] = 2 * r_Q * m[i] * (c[1] * V_0 - dk * dT)
    return A, s


def steady_state(p: Parameters, fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """u [V] and T [K] at every field, each [points, 3], to 50 digits before rounding."""
    states = []
    with mp.workdps(50):
        for B in fields:
            A, s = generalised_matrix(p, float(B))
            states.append([float(x) for x in mp.lu_solve(A, -s)])
    y = np.array(states)
    return y[:, :3], y[:, 3:]


def signals(p: Parameters, u: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two terms of Eq. (6) [V], each [points]."""
    G = sum(p.G)
    m = np.array(p.m)
    return (p.G[0] - p.G[1]) / G / 2 * (u @ m), -(p.L[0] - p.L[1]) / G / 2 * (T @ m)


def random_parameters(rng: np.random.Generator, *, tight: bool | None = None, log_x: tuple[float, float] = (-6, 6)) -> Parameters:
    """A lawful device: any polarisations, angles, biases; r_s/R_tun over twelve decades; the second-law margin down to zero."""
    P_G = rng.uniform(-1, 1)
    P_kappa = P_G if rng.random() < 0.5 else rng.uniform(-1, 1)
    margin = rng.choice([0.0, 1e-6, 5e-4]) if (rng.random() < 0.3 if tight is None else tight) else rng.uniform(1e-3, 1)
    share = np.sqrt(1 - margin)
    up, down = share * rng.choice([-1, 1]), share * rng.uniform(-1, 1)
    if rng.random() < 0.3:
        down = up
    r_s, T_0, x = 10 ** rng.uniform(-15, -8), 10 ** rng.uniform(0, 3), 10 ** rng.uniform(*log_x)
    G = x / r_s
    G_up, G_down = G * (1 + P_G) / 2, G * (1 - P_G) / 2
    kappa = rng.uniform(0.3, 3) * 2.45e-8 * T_0 * G
    k_up, k_down = kappa * (1 + P_kappa) / 2, kappa * (1 - P_kappa) / 2
    L_up, L_down = up * np.sqrt(k_up * G_up / T_0), down * np.sqrt(k_down * G_down / T_0)
    perpendicular = rng.random() < 0.5
    m = np.array([1.0, 0.0, 0.0]) if perpendicular else _unit(rng)
    b = np.array([0.0, 0.0, 1.0]) if perpendicular else _unit(rng)
    return Parameters(
        G=(G_up, G_down),
        L=(L_up, L_down),
        kappa=(k_up, k_down),
        T_0=T_0,
        eta=1.0 if rng.random() < 0.5 else rng.uniform(0.5, 3),
        r_s=r_s,
        r_Q=r_s / (2.45e-8 * T_0 * 10 ** rng.uniform(-2, 2)),
        tau_s=1e-9,
        tau_Q=1e-9 * 10 ** rng.uniform(-3, 1),
        g=2.0,
        m=tuple(m),
        b=tuple(b),
        bias=("I", 1e6) if rng.random() < 0.7 else ("V", 1e-2),
        Delta_T_0=0.0 if rng.random() < 0.7 else rng.uniform(-10, 10),
    )


def margin(p: Parameters) -> float:
    """Smallest 1 − L_σ² T_0/(κ_σ G_σ)."""
    return min(1 - L**2 * p.T_0 / (k * G) for G, L, k in zip(p.G, p.L, p.kappa, strict=True))


def _unit(rng: np.random.Generator) -> np.ndarray:
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)
