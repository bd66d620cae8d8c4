"""Devices for tests, and from the oracle's parameters to the package's objects."""

import numpy as np

from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, VoltageBias
from hanle_sim.configuration import Configuration, check, read
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive
from oracle import Parameters

#: Fields up to ω_Lτ_s = 100 for τ_s = 1 ns, g = 2.
FIELDS = np.array([0.0, 1e-4, -3e-3, 6e-3, 0.02, 0.1, 0.57])
#: r_s/R_tun = 0.5, Seebeck coefficient away from the second law's edge, few fields.
MODERATE = ("R_tun=50 ohm um^2", "S=100 uV/K", "points=9", "start=-30 mT", "stop=10 mT")
#: Numbers that one reads off any curve.
READ = ("Delta_V_0", "hwhm", "tau_apparent", "tau_least_squares", "curvature")


def configured(preset: str, *settings: str) -> Configuration:
    """A preset, changed."""
    return check(read(preset, settings))


def build(p: Parameters, fields: np.ndarray = FIELDS) -> tuple[Device, AbstractDrive, Field]:
    """Device, drive and fields."""
    junction = Junction(*p.G, *p.L, *p.kappa, p.T_0, eta_mix=p.eta)
    nonmagnet = Lumped(r_s=p.r_s, r_Q=p.r_Q, tau_s=p.tau_s, tau_Q=p.tau_Q, g=p.g)
    bias = CurrentBias if p.bias[0] == "I" else VoltageBias
    return Device(Contact(junction, magnetisation=np.array(p.m)), nonmagnet), bias(p.bias[1], p.Delta_T_0), Field(fields, np.array(p.b))


def natural(p: Parameters, fields: np.ndarray = FIELDS) -> NaturalUnits:
    """The same in natural units."""
    device, drive, field = build(p, fields)
    return NaturalUnits.of(device.under(drive), field)


def standard(
    *,
    P_G: float = 0.5,
    P_L: float = 0.4,
    S: float = 100e-6,
    x: float = 0.5,
    alpha: float = 2.0,
    tau_Q: float = 0.25e-9,
    eta_mix: float = 1.0,
    magnetisation: tuple[float, float, float] = (1.0, 0.0, 0.0),
) -> Device:
    """A moderate device: r_s = 25 Ω µm², R_tun = r_s/x, τ_s = 1 ns, 300 K."""
    junction = Junction.from_resistance(R_tun=25e-12 / x, P_G=P_G, P_L=P_L, S=S, T_0=300.0, eta_mix=eta_mix)
    nonmagnet = Lumped.from_alpha(r_s=25e-12, alpha=alpha, T_0=300.0, tau_s=1e-9, tau_Q=tau_Q)
    return Device(Contact(junction, magnetisation=np.array(magnetisation)), nonmagnet)
