"""Random devices that the second law allows, of every nonmagnet, and random biases."""

import mpmath as mp
import numpy as np

from device_oracle import diffusion_length, impedance
from hanle_sim import Contact
from hanle_sim.physics.device import Device
from hanle_sim.physics.drives import AbstractDrive, CurrentBias, VoltageBias
from hanle_sim.physics.junction import Junction
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Drift, Film, Lateral, Lumped, WideContact
from hanle_sim.physics.nonmagnets.material import Material


def random_junction(
    rng: np.random.Generator, G: float, *, T_0: float, eta: bool = True, G_i: bool = False, per_area: bool = True
) -> Junction:
    """Any polarisations and Seebeck coefficients within the second law, at a total conductance G."""
    P_G, P_kappa = rng.uniform(-0.95, 0.95, 2)
    kappa = rng.uniform(0.3, 3) * 2.45e-8 * T_0 * G
    G_up, G_down, k_up, k_down = G * (1 + P_G) / 2, G * (1 - P_G) / 2, kappa * (1 + P_kappa) / 2, kappa * (1 - P_kappa) / 2
    shares = rng.uniform(-0.95, 0.95, 2)
    return Junction(
        G_up,
        G_down,
        shares[0] * np.sqrt(k_up * G_up / T_0),
        shares[1] * np.sqrt(k_down * G_down / T_0),
        k_up,
        k_down,
        T_0,
        eta_mix=float(rng.uniform(0.5, 3)) if eta else 1.0,
        G_i=float(rng.uniform(-2, 2)) * G if G_i else None,
        per_area=per_area,
    )


def random_material(rng: np.random.Generator, rho: float) -> Material:
    """λ_s and λ_Q around 1 µm, with any ratio of ρ_Q to ρ."""
    tau_s = 10 ** rng.uniform(-11, -8)
    return Material(rho, rho / (2.45e-8 * 300.0) * 10 ** rng.uniform(-1, 1), 1e-12 / tau_s, tau_s, tau_s * 10 ** rng.uniform(-2, 1), 1.9)


def random_nonmagnet(rng: np.random.Generator, name: str) -> AbstractNonmagnet:
    """A nonmagnet by name, its lengths over two decades around λ."""
    lengths = 1e-6 * 10 ** rng.uniform(-1, 1, 3)
    bulk, sheet = random_material(rng, 1e-6), random_material(rng, 100.0)
    if name == "lumped":
        return Lumped(1e-12, 1e-12 / (2.45e-8 * 300.0) * 10 ** rng.uniform(-1, 1), bulk.tau_s, bulk.tau_Q, 1.9)
    if name == "diffusive":
        return Diffusive(bulk)
    if name in ("reflecting", "absorbing"):
        return Film(bulk, lengths[0], name)
    if name in ("drift away", "drift back"):
        return Drift(bulk, (1 if name == "drift away" else -1) * 10 ** rng.uniform(-1, 1) * np.sqrt(bulk.D / bulk.tau_s))
    if name == "contact":
        return WideContact(sheet, lengths[0])
    ends: dict[str, tuple[float | None, float | None]] = {
        "lateral": (None, None),
        "lateral, left end": (lengths[1], None),
        "lateral, right end": (None, lengths[2]),
        "lateral, both ends": (lengths[1], lengths[2]),
    }
    return Lateral(random_material(rng, 1e8), min(lengths[0], 3e-6), *ends[name])


NONMAGNETS = (
    "lumped",
    "diffusive",
    "reflecting",
    "absorbing",
    "drift away",
    "drift back",
    "contact",
    "lateral",
    "lateral, left end",
    "lateral, right end",
    "lateral, both ends",
)


def spin_resistance(nonmagnet: AbstractNonmagnet, heat: bool = False) -> float:
    """r_s or r_Q as the table has them."""
    if isinstance(nonmagnet, Lumped):
        return nonmagnet.r_Q if heat else nonmagnet.r_s
    material = nonmagnet.material
    rho, length = material.rho_Q if heat else material.rho, float(diffusion_length(material, heat))
    if isinstance(nonmagnet, WideContact):
        y = nonmagnet.width / length
        return rho * length**2 * float(1 - (1 - mp.exp(-mp.mpf(y))) / y)
    if isinstance(nonmagnet, Lateral):
        return rho * length
    return float(mp.re(impedance(nonmagnet, heat, mp.mpf(1))[0][0]))


def random_device(
    rng: np.random.Generator, name: str, *, log_x: tuple[float, float] = (-3, 2), eta: bool = True, G_i: bool = False
) -> Device:
    """A device with r_s/R_tun over decades and magnetisations in any direction; two contacts parallel, antiparallel or neither."""
    nonmagnet = random_nonmagnet(rng, name)
    eta = eta and name != "contact"

    def junction() -> Junction:
        G, per_area = 10 ** rng.uniform(*log_x) / spin_resistance(nonmagnet), not isinstance(nonmagnet, Lateral)
        return random_junction(rng, G, T_0=300.0, eta=eta, G_i=G_i, per_area=per_area)

    m = rng.normal(size=3)
    if not isinstance(nonmagnet, Lateral):
        return Device(Contact(junction(), magnetisation=m), nonmagnet)
    other = (m, -m, rng.normal(size=3))[rng.integers(3)]
    return Device((Contact(junction(), magnetisation=m), Contact(junction(), CurrentBias(0.0, rng.choice([0.0, 5.0])), other)), nonmagnet)


def random_drive(rng: np.random.Generator, device: Device, at_current: bool) -> AbstractDrive:
    """10 mV, and up to 10 K."""
    Delta_T_0 = rng.uniform(-10, 10) if rng.random() < 0.7 else 0.0
    return (
        CurrentBias(1e-2 * (device.injector.junction.G_up + device.injector.junction.G_down), Delta_T_0)
        if at_current
        else VoltageBias(1e-2, Delta_T_0)
    )
