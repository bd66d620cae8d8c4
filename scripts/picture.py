"""Draw docs/picture.png, the picture of README and documentation.

Run from the root of the repository: python scripts/picture.py
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

import hanle_sim
from hanle_sim.output.drawing import APPROXIMATION, DASHED, DOTTED, HEAT, SOLID, SPIN, TOTAL, new_figure, save, style

_JUNCTION = {"P_G": 0.3, "R_tun": "1 Mohm um^2"}
_CHANNEL = {"model": "lateral", "rho": "1 mohm cm", "thickness": "1 um", "channel_width": "1 um", "distance": "3 um"}
#: Spins of 1 ns and 10 cm²/s, without spin heat: λ_s = 1 µm.
GEOMETRIES: dict[str, dict[str, Any]] = {
    "well mixed": {"model": "lumped", "r_s": "10 ohm um^2", "tau_s": "1 ns"},
    "a bulk": {"model": "diffusive", "rho": "1 mohm cm", "D": "10 cm^2/s", "tau_s": "1 ns"},
    "nonlocal, 3 λ_s": {**_CHANNEL, "D": "10 cm^2/s", "tau_s": "1 ns"},
}


def curve(name: str, nonmagnet: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, float]:
    """Fields [mT], the signal over its peak, and τ as read by the half width [ns]."""
    junction, drive = _JUNCTION, {"I": "1e4 A/m^2"}
    if nonmagnet["model"] == "lateral":
        junction, drive = {**_JUNCTION, "contact_area": "1 um^2"}, {"I": "10 nA"}
    field = {"start": "-40 mT", "stop": "40 mT", "points": 321}
    device = {"name": name, "junction": junction, "nonmagnet": nonmagnet, "drive": drive, "field": field}
    found = hanle_sim.simulate(device, check=False)
    signal = found.Delta_V_Hanle.values
    return found.B.values * 1e3, signal / signal.max(), json.loads(found.attrs["summary"])["tau_apparent_s"] * 1e9


def draw(path: Path) -> None:
    """Draw the picture into a PNG."""
    fig2 = hanle_sim.simulate("fig2", check=False)
    summary = json.loads(fig2.attrs["summary"])
    B, peak = fig2.B.values * 1e3, fig2.Delta_V_Hanle.values.max()
    with style():
        figure = new_figure(7.6, 3.1)
        left, right = figure.subplots(1, 2, sharey=True)
        for (name, nonmagnet), colour, dashes in zip(GEOMETRIES.items(), (TOTAL, SPIN, HEAT), (SOLID, DASHED, DOTTED), strict=True):
            x, y, tau = curve(name, nonmagnet)
            left.plot(x, y, color=colour, linestyle=dashes, label=f"{name}: reads {tau:.2f} ns")
        left.set(title="Spins of 1 ns in three geometries", xlabel="B (mT)", ylabel="signal over its peak", ylim=(-0.42, 1.05))
        parts = {"the sum": fig2.Delta_V_Hanle, "from spin": fig2.Delta_V_spin, "from spin heat": fig2.Delta_V_heat}
        for (name, part), colour, dashes in zip(parts.items(), (TOTAL, SPIN, HEAT), (SOLID, DASHED, DOTTED), strict=True):
            right.plot(B, part.values / peak, color=colour, linestyle=dashes, label=name)
        width = summary["hwhm_T"] * 1e3
        label = f"a Lorentzian: reads {summary['tau_apparent_s'] * 1e9:.2f} ns"
        right.plot(B, 1 / (1 + (B / width) ** 2), color=APPROXIMATION, linewidth=1.0, label=label)
        right.set(title="Spins of 1 ns, and spin heat", xlabel="B (mT)")
        for axes in (left, right):
            axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))
        save(figure, path)


if __name__ == "__main__":
    draw(Path("docs/picture.png"))
