"""What the commands say on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..simulation.run import Simulation
from ..text import quantity
from .layout import Sheet


def si(value: float | None, unit: str, digits: int = 5) -> str:
    """A number with an SI prefix, or a dash."""
    return "–" if value is None else quantity(value, unit, digits)


def simulation_table(simulation: Simulation) -> Sheet:
    """The readable table of `hanle simulate`."""
    summary, drive, has_heat = simulation.summary, simulation.setup.device.injector.drive, simulation.configuration.has_heat
    table = Sheet(summary["name"])
    table.add_columns("", wraps=True)
    table.add_columns("", justify="right")
    table.add_columns("", wraps=True, style="dim")

    def read(key: str, unit: str) -> str:
        return si(summary[key], unit)

    table.add_row("Hanle signal at B = 0", read("Delta_V_0_V", "V"), f"method {summary['method']}")
    table.add_row("  from spin accumulation Δμ", read("Delta_V_spin_0_V", "V"), f"Δμ/e = {read('Delta_mu_over_e_0_V', 'V')}")
    if has_heat:
        table.add_row("  from spin heat accumulation ΔT_s", read("Delta_V_heat_0_V", "V"), f"ΔT_s = {read('Delta_T_s_0_K', 'K')}")
    if summary["Delta_V_infinity_V"]:
        tilts = simulation.setup.field.B_sat is not None
        remark = "with the magnetisation at rest" if tilts else "what the field does not dephase"
        table.add_row("  fully dephased" if tilts else "  as |B| → ∞", read("Delta_V_infinity_V", "V"), remark)
    if not drive.feeds_back:
        table.add_row("change of current ΔI at B = 0", read("Delta_I_0_A_per_m2", "A/m²"), "−G ΔV, at constant voltage")
    if summary["R_nl_0_ohm"] is not None:
        table.add_row("nonlocal resistance at B = 0", read("R_nl_0_ohm", "Ω"), "ΔV/I at the detector")
    if summary["eq14_Delta_V_0_V"] is not None:
        table.add_row("  by Eq. (14)", read("eq14_Delta_V_0_V", "V"), _off(summary["eq14_Delta_V_0_V"], summary["Delta_V_0_V"]))
    table.add_section()
    table.add_row("half width", read("hwhm_T", "T"), "" if summary["hwhm_T"] else _why_no_width(simulation))
    tau, tau_s, tau_Q = summary["tau_apparent_s"], summary["tau_s_s"], summary["tau_Q_s"]
    share = f"{tau / tau_s:.5g} τ_s" + (f", {tau / tau_Q:.5g} τ_Q" if has_heat else "") if tau else ""
    table.add_row("apparent τ, one Lorentzian", si(tau, "s"), share)
    if has_heat:
        table.add_row("τ_s and τ_Q", f"{si(tau_s, 's')}, {si(tau_Q, 's')}", "")
    else:
        table.add_row("τ_s", si(tau_s, "s"), "no spin heat, since S = 0")
    kinds = ("bare", "bare_modes", "; with back-flow, at constant V"), ("dressed", "modes", "; as measured: the curve is their sum")
    for label, key, remark in kinds:
        for number, mode in enumerate(summary[key], 1):
            weight = f"weight {si(mode['weight_V'], 'V')}{remark if number == 1 else ''}"
            table.add_row(f"{label} mode {number}", si(mode["tau_s"], "s"), weight)
    table.add_section()
    for label, key, form, remark, is_of_heat in (
        ("r_s/R_tun", "r_s_over_R_tun", ".4g", "conductivity mismatch where not small", False),
        ("r_Q κ_el", "r_Q_kappa_el", ".4g", "heat conductivity mismatch where not small", True),
        ("uniform injection instead", "uniform_injection_off", "+.2%", "its error of the signal at B = 0", False),
        ("second-law margin", "second_law_margin", ".4g", "1 − L²T_0/(κG), must not be negative", True),
    ):
        if summary[key] is not None and (has_heat or not is_of_heat):
            table.add_row(label, format(summary[key], form), remark)
    remark, exact = "largest difference, of the peak", simulation.method.name
    exact = exact if exact in ("linear", "finite_volume") else "closed"  # what the others are held against
    if summary["agreement"] is None:
        table.add_row("check by other methods", "none", "left out, as asked")
    for way, difference in (summary["agreement"] or {}).items():
        if difference is not None:
            table.add_row(f"{way.replace('_', ' ')} against {exact}", f"{difference:.1e}", remark)
            remark = ""
    if summary["stray_error"] is not None:
        table.add_row("error of the average over stray fields", f"{summary['stray_error']:.1e}", "of the peak, as the quadrature states it")
    if summary["r_s_ohm"] is not None:
        table.add_section()
        table.add_row("R_tun, r_s", f"{read('R_tun_ohm', 'Ω')}, {read('r_s_ohm', 'Ω')}", f"I = {read('I_0_A', 'A')}")
    return table


def _why_no_width(simulation: Simulation) -> str:
    if np.ndim(simulation.curve.field.direction) > 1:
        return "the field turns along the sweep"
    if simulation.summary["Delta_V_infinity_V"] is None:
        return "the signal as |B| → ∞ is not known here"
    signal = np.asarray(simulation.curve.Delta_V_Hanle)
    return "the signal does not depend on B" if np.ptp(signal) <= 1e-12 * np.max(np.abs(signal)) else "the curve never falls half way"


def _off(approximate: float, exact: float) -> str:
    if not exact:
        return ""
    error = approximate / exact - 1
    if abs(error) < 1e-4:
        return "within 0.01 % of the exact signal"
    return f"{100 * abs(error):.3g} % too {'large' if error > 0 else 'small'}"


def comparison_table(rows: list[dict[str, Any]]) -> Sheet:
    """Devices side by side: half width, apparent τ by each model, curvature and tail."""
    table = Sheet(caption="curvature: coefficient of (ω_L τ_s)² in ΔV/ΔV(0); tail: exponent of B at 10⁴ half widths")
    table.add_columns("device", "model")
    times = ("τ_s", "τ read as lumped", "τ read as diffusive", "τ read with its own model")
    table.add_columns("ΔV at B = 0", "half width", *times, "curvature", "tail", justify="right")
    for row in rows:
        plain = ["–" if row[key] is None else f"{row[key]:.4g}" for key in ("curvature", "tail_exponent")]
        read = [si(row[key], "s", 4) for key in ("tau_s_s", "tau_lumped_s", "tau_diffusive_s", "tau_own_s")]
        table.add_row(row["name"], row["model"], si(row["Delta_V_0_V"], "V", 4), si(row["hwhm_T"], "T", 4), *read, *plain)
    return table


def presets_table(rows: Sequence[tuple[str, str]]) -> Sheet:
    """Names and descriptions of the presets."""
    return _of_sentences(("preset", "what it is"), rows, lines=False)


def doctor_table(found: Mapping[str, Any]) -> Sheet:
    """What an installation runs on."""
    kept = found["cache"]
    packages = [f"{name} {number or 'is missing'}" for name, number in found["packages"].items()]
    extras = [f"{extra}: " + ("there" if all(names.values()) else f"pip install '.[{extra}]'") for extra, names in found["extras"].items()]
    rows = [
        ("hanle_sim", found["hanle_sim"]),
        ("Python", f"{found['python']}, {found['system']}"),
        ("packages", ", ".join(packages)),
        ("extras", "; ".join(extras)),
        ("devices", ", ".join(found["devices"]) or "none"),
        ("JAX's precision", f"{found['precision']}; every command computes in double"),
        ("compiled programs", f"{kept['programs']} kept, {kept['bytes'] / 1e6:.1f} MB, in {kept['directory']}"),
        ("test", f"{found['curves_tested']} curves by two methods agree to {found['largest_difference']:.0e} of the peak"),
    ]
    return _of_sentences(("", ""), rows, lines=False)


def reproduction_table(rows: Sequence[Mapping[str, Any]]) -> Sheet:
    """`what | printed | computed | verdict` of every number of the paper."""
    headings = ("what", "printed", "computed", "verdict")
    return _of_sentences(headings, [[row[key] for key in headings] for row in rows])


def claims_table(rows: Sequence[tuple[int, str, str, str]]) -> Sheet:
    """Number, title, verdict and sentence of every claim."""
    return _of_sentences(("", "claim", "verdict", "at this device"), [(f"{number:2}", *words) for number, *words in rows])


def _of_sentences(headings: Sequence[str], rows: Sequence[Sequence[str]], *, lines: bool = True) -> Sheet:
    table = Sheet(lines=lines)
    table.add_columns(*headings, wraps=True)
    for row in rows:
        table.add_row(*row)
    return table
