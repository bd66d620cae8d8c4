"""Write docs/data: a nonlocal Hanle measurement as a laboratory would keep it, simulated, and the FIT.toml for it.

A graphene-like channel with tunnelling contacts, parallel and antiparallel, with noise, an offset, a drift and a field offset: the truth is
in the header. Run from the root of the repository: python scripts/simulate_measurement.py
"""

from pathlib import Path

import jax
import numpy as np

from hanle_sim import Field, hanle_curve
from hanle_sim.configuration import build, check

#: What the fit finds again.
TRUTH = {"tau_s": "350 ps", "D": "0.015 m^2/s", "P_G": 0.12}
FIELD_OFFSET, OFFSET, DRIFT, NOISE = 0.8e-3, 12e-3, -0.02, 8e-3  # T, ohm, ohm/T, ohm
DEVICE = {
    "junction": {"P_G": TRUTH["P_G"], "R_tun": "50 kohm um^2", "contact_area": "1 um^2"},
    "nonmagnet": {
        "model": "lateral", "tau_s": TRUTH["tau_s"], "D": TRUTH["D"], "R_sq": "1.5 kohm", "channel_width": "1.8 um", "distance": "3.2 um",
    },
}  # fmt: skip

_FIT = """# A fit of the simulated measurement nonlocal.csv: hanle fit docs/data/nonlocal.csv --config docs/data/nonlocal.toml
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
"""


def resistance(B: np.ndarray, configuration: str) -> np.ndarray:
    """R_nl of the device [Ω], [points]."""
    nonmagnet = {**DEVICE["nonmagnet"], "configuration": configuration}
    tables = {
        "name": "nonlocal",
        **DEVICE,
        "nonmagnet": nonmagnet,
        "drive": {"I": "1 uA"},
        "field": {"start": 0, "stop": 1e-3, "points": 2},
    }
    setup = build(check(tables))
    with jax.enable_x64(True):
        return np.asarray(hanle_curve(setup.device, Field(B, setup.field.direction)).R_nl)


def measurement() -> str:
    """The file's text."""
    rng, B = np.random.default_rng(20261126), np.linspace(-0.15, 0.15, 151)
    columns = [
        resistance(B - FIELD_OFFSET, configuration) + OFFSET + DRIFT * B + NOISE * rng.normal(size=B.size)
        for configuration in ("parallel", "antiparallel")
    ]
    truth = ", ".join(f"{name} = {value}" for name, value in TRUTH.items())
    lines = [f"# simulated, no measured device: {truth}; noise {NOISE * 1e3:g} mOhm", "B (mT),R_p (mOhm),R_ap (mOhm)"]
    lines += [f"{1e3 * field:.2f},{1e3 * p:.3f},{1e3 * ap:.3f}" for field, p, ap in zip(B, *columns, strict=True)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write both files."""
    folder = Path("docs/data")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nonlocal.csv").write_text(measurement(), encoding="utf-8")
    (folder / "nonlocal.toml").write_text(_FIT, encoding="utf-8")


if __name__ == "__main__":
    main()
