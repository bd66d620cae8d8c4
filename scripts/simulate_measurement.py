"""Write docs/data: measurements as laboratories would keep them, simulated, and the FIT.toml for each.

Three devices, with noise, offsets, drifts and field offsets: a graphene-like channel with tunnelling contacts, parallel and antiparallel;
a tunnel contact on n-type silicon, three-terminal, there and back; a metal island with spin heat. The truth is in each file's first line.

Run from the root of the repository: python scripts/simulate_measurement.py
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hanle_sim import Field, hanle_curve
from hanle_sim.configuration import build, check

#: What the fits find again, and the devices.
NONLOCAL = {"tau_s": "350 ps", "D": "0.015 m^2/s", "P_G": 0.12}
SILICON = {"tau_s": "142 ps", "P_G": 0.3}
ISLAND = {"tau_s": "60 ps", "P_G": 0.08, "tau_Q": "2.4 ps", "S": "100 uV/K"}
_CHANNEL = {
    "junction": {"P_G": NONLOCAL["P_G"], "R_tun": "50 kohm um^2", "contact_area": "1 um^2"},
    "nonmagnet": {
        "model": "lateral", "tau_s": NONLOCAL["tau_s"], "D": NONLOCAL["D"], "R_sq": "1.5 kohm", "channel_width": "1.8 um",
        "distance": "3.2 um",
    },
    "drive": {"I": "1 uA"},
}  # fmt: skip
_CONTACT = {
    "junction": {"P_G": SILICON["P_G"], "R_tun": "10 kohm um^2", "contact_area": "2000 um^2"},
    "nonmagnet": {"model": "diffusive", "tau_s": SILICON["tau_s"], "D": "3.7 cm^2/s", "rho": "3 mohm cm"},
    "drive": {"I": "20 mA"},
}
_METAL = {
    "junction": {"P_G": ISLAND["P_G"], "P_L": 0.3, "S": ISLAND["S"], "R_tun": "20 ohm um^2", "contact_area": "0.025 um^2"},
    "nonmagnet": {
        "model": "lumped", "tau_s": ISLAND["tau_s"], "tau_Q": ISLAND["tau_Q"], "r_s": "0.081 ohm um^2", "alpha": 25, "T_0": "300 K",
    },
    "drive": {"I": "20 uA"},
}  # fmt: skip

#: A FIT.toml of each, by the file's name.
FITS = {
    "nonlocal": """# A fit of the simulated measurement nonlocal.csv: hanle fit docs/data/nonlocal.csv --config docs/data/nonlocal.toml
name = "nonlocal"

[data]
x = "B (mT)"
y = "R_p (mOhm)"
y2 = "R_ap (mOhm)"           # antiparallel: a curve with an offset of its own

[junction]
P_G = 0.1
R_tun = "50 kohm um^2"
contact_area = "1 um^2"

[nonmagnet]
model = "lateral"
tau_s = "200 ps"
D = "0.01 m^2/s"
R_sq = "1.5 kohm"
channel_width = "1.8 um"
distance = "3.2 um"

[fit]
free = { tau_s = {}, D = {}, P_G = {} }
offset = true
field_offset = true
background = "linear"
""",
    "silicon": """# A fit of the simulated measurement silicon.dat: hanle fit docs/data/silicon.dat --config docs/data/silicon.toml
# Co/Al2O3/n-Si at 300 K after S. P. Dash et al., Nature 462, 491 (2009); the contact's resistance is lower here.
name = "silicon"

[junction]
P_G = 0.2
R_tun = "10 kohm um^2"
contact_area = "2000 um^2"   # 20 um x 100 um

[nonmagnet]
model = "diffusive"          # spins diffuse away from the contact
tau_s = "300 ps"
D = "3.7 cm^2/s"             # from mobility and doping
rho = "3 mohm cm"            # n = 1.8e19 cm^-3

[drive]
I = "20 mA"                  # in the file's header

[fit]
free = { tau_s = {}, P_G = {} }
offset = true                # each direction of the sweep has an offset, a field offset and a drift of its own
field_offset = true
background = "linear"
""",
    "island": """# A fit of the simulated measurement island.csv: hanle fit docs/data/island.csv --config docs/data/island.toml --compare
# Co/Al2O3/Al after M. Zaffalon, B. J. van Wees, Phys. Rev. Lett. 91, 186601 (2003). P_L and S are assumed.
name = "island"

[junction]
P_G = 0.1
P_L = 0.3
S = "50 uV/K"
R_tun = "20 ohm um^2"
contact_area = "0.025 um^2"

[nonmagnet]
model = "lumped"
tau_s = "100 ps"
tau_Q = "5 ps"
r_s = "0.081 ohm um^2"
alpha = 25                   # r_s/(L_0 T_0 r_Q)
T_0 = "300 K"

[drive]
I = "20 uA"

[fit]
free = { tau_s = {}, P_G = {}, tau_Q = {}, S = {} }
offset = true
field_offset = true
background = "linear"
""",
}


def curve(of: str, device: Mapping[str, Any], B: np.ndarray, **nonmagnet: str) -> np.ndarray:
    """A curve of a device, R_nl [ohm] or Delta_V_Hanle [V], at fields [T], [points]."""
    tables = {"name": "device", **device, "nonmagnet": {**device["nonmagnet"], **nonmagnet}}
    setup = build(check({**tables, "field": {"start": 0, "stop": 1e-3, "points": 2}}))
    with jax.enable_x64(True):
        return np.asarray(getattr(hanle_curve(setup.device, Field(B, setup.field.direction)), of))


def head(truth: Mapping[str, Any], noise: str) -> str:
    """The first line of a file."""
    return f"# simulated, no measured device: {', '.join(f'{name} = {value}' for name, value in truth.items())}; noise {noise}"


def measurement() -> str:
    """nonlocal.csv: R_nl [mΩ] of a channel, parallel and antiparallel."""
    field_offset, offset, drift, noise = 0.8e-3, 12e-3, -0.02, 8e-3  # T, ohm, ohm/T, ohm
    rng, B = np.random.default_rng(20261126), np.linspace(-0.15, 0.15, 151)
    columns = [
        curve("R_nl", _CHANNEL, B - field_offset, configuration=state) + offset + drift * B + noise * rng.normal(size=B.size)
        for state in ("parallel", "antiparallel")
    ]
    lines = [head(NONLOCAL, f"{noise * 1e3:g} mOhm"), "B (mT),R_p (mOhm),R_ap (mOhm)"]
    lines += [f"{1e3 * field:.2f},{1e3 * p:.3f},{1e3 * ap:.3f}" for field, p, ap in zip(B, *columns, strict=True)]
    return "\n".join(lines) + "\n"


def three_terminal() -> str:
    """silicon.dat: V [mV] over H [Oe] of a contact, up and down again, while it drifts; the magnet's remanence follows."""
    remanence, voltage, drift, noise = 0.6e-3, 0.1, 4e-6, 50e-9  # T, V, V, V
    rng, there = np.random.default_rng(20261127), np.linspace(-0.6, 0.6, 121)
    B, direction = np.concatenate([there, there[::-1]]), np.repeat([1, -1], there.size)
    V = curve("Delta_V_Hanle", _CONTACT, B - remanence * direction) + voltage + drift * np.linspace(0, 1, B.size)
    V = V + noise * rng.normal(size=B.size)
    lines = [head(SILICON, f"{noise * 1e9:g} nV"), "# Co/Al2O3/n-Si, three-terminal, T = 300 K, I = 20 mA", "H (Oe)\tV (mV)"]
    return "\n".join([*lines, *(f"{1e4 * field:.1f}\t{1e3 * value:.6f}" for field, value in zip(B, V, strict=True))]) + "\n"


def island() -> str:
    """island.csv: U [nV] over B [T] of a metal island with spin heat, decimal commas."""
    field_offset, offset, drift, noise = -4e-3, 37e-9, 1.5e-9, 2e-9  # T, V, V/T, V
    rng, B = (
        np.random.default_rng(20261128),
        np.concatenate([np.linspace(-4, -0.55, 70), np.linspace(-0.5, 0.5, 101), np.linspace(0.55, 4, 70)]),
    )
    U = curve("Delta_V_Hanle", _METAL, B - field_offset) + offset + drift * B + noise * rng.normal(size=B.size)
    lines = [f"{field:.3f};{1e9 * value:.2f}".replace(".", ",") for field, value in zip(B, U, strict=True)]
    return "\n".join([head(ISLAND, f"{noise * 1e9:g} nV"), "B (T);U (nV)", *lines]) + "\n"


#: The files.
FILES = {"nonlocal.csv": measurement, "silicon.dat": three_terminal, "island.csv": island}


def main() -> None:
    """Write all files."""
    folder = Path("docs/data")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (folder / name).write_text(content(), encoding="utf-8")
        (folder / name).with_suffix(".toml").write_text(FITS[Path(name).stem], encoding="utf-8")


if __name__ == "__main__":
    main()
