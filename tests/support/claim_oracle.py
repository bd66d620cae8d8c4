"""The claims' device in closed form, written out by hand: what shares nothing with the package."""

import math

import numpy as np
from scipy.optimize import brentq

#: Fig. 2: P_G, P_L S/√L_0, S/√L_0, α, τ_Q/τ_s.
FIG2 = {"P_G": 0.5, "s": 0.5, "S": 1.0, "r": 0.25}
FILM = 0.5


def lumped(z, _=1.0):
    return 1 / z


def diffusive(z, _=1.0):
    return 1 / np.sqrt(z)


def absorbing(z, ratio):
    d = FILM / math.sqrt(ratio)
    return np.tanh(np.sqrt(z) * d) / np.sqrt(z)


def drifting(z, ratio, v=0.7):
    v = v * math.sqrt(ratio)  # vλ/2D
    return 1 / (v + np.sqrt(v * v + z))


def film(z, ratio):
    d = FILM / math.sqrt(ratio)  # d/λ of this relaxation time
    return 1 / (np.tanh(np.sqrt(z) * d) * np.sqrt(z))


GEOMETRIES = {"lumped": (lumped, 2.0), "diffusive": (diffusive, 2.0), "film": (film, 2 * math.tanh(2 * FILM) / math.tanh(FILM))}


def terms(omega, *, x, alpha, P_G, s, S, r=1.0, f=lumped, theta=0.0, eta=1.0, at_voltage=False):
    """Both terms of ΔV_Hanle [I r_s] from the 2×2 of the circular components and V, the sum over the spins' currents closed by hand;
    at constant voltage in units of V r_s/R_tun.
    """
    if np.ndim(omega):
        more = {"r": r, "f": f, "theta": theta, "eta": eta, "at_voltage": at_voltage}
        return np.array([terms(one, x=x, alpha=alpha, P_G=P_G, s=s, S=S, **more) for one in omega]).T
    F_s, F_Q = f(1 + 1j * omega, 1.0) / f(1.0, 1.0), f(1 + 1j * omega * r, r) / f(1.0, r)
    G = np.array([[1.0, S], [S, 1.0]])
    W = np.linalg.inv(np.diag([1 / (x * F_s), alpha / (x * F_Q)]) + eta * G).real
    W = np.linalg.inv(np.eye(2) + (1 - eta) * W @ G) @ W
    c, thermal, h = np.array([P_G, s]), np.array([-s, -P_G]), np.array([P_G, s]) / 2
    # V = R I + S ΔT_0 + h·y and y = 2 W (c V + c′ ΔT_0), in units of R I
    V = 1.0 if at_voltage else (1 + S * theta + 2 * h @ W @ thermal * theta) / (1 - 2 * h @ W @ c)
    return h * (2 * W @ (c * V + thermal * theta)) / x


def half_width(curve, low=1e-3, high=1e6):
    top = curve(0.0)
    return brentq(lambda omega: curve(omega) / top - 0.5, low, high, xtol=1e-13, rtol=1e-14)
