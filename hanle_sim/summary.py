"""What a simulation found, as `summary.json` holds it."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import seed
from ._types import AnyArray, Scalar
from ._version import __version__
from .configuration import Configuration, Setup
from .curve import HanleCurve
from .device import effective_g, precession
from .linewidth import apparent_tau
from .solvers import modes
from .validity import uniform_injection, warnings_for
from .vectors import dot, unit_of

#: Where two ways to the same curve are said to disagree, relative to the peak.
_DISAGREEMENT = 1e-6


@dataclass(frozen=True)
class TwoLorentzians:
    """Eq. (14): the two amplitudes [V] and the two curves they imply [V], [points]."""

    amplitudes: tuple[Scalar, Scalar]
    curves: tuple[AnyArray, AnyArray]


@dataclass(frozen=True)
class Findings:
    """What a run computed.

    Attributes:
        method: the method of the curve.
        curve, at_zero: the sweep and B = 0.
        analysis: bare and dressed modes, where there are two.
        hwhm: half width [T], NaN for none.
        limit: what complete dephasing leaves of the signal, the magnetisation at rest [V], NaN if unknown.
        agreement: by method, its largest difference from the exact curve relative to the peak; None where it wasn't asked.
        checked: at how many fields of the sweep.
        stray_error: stated error of the average over stray fields, relative to the peak; None without.
        lorentzians: the seed's approximation; None on a lateral channel.
    """

    method: str
    curve: HanleCurve
    at_zero: HanleCurve
    analysis: modes.ModeAnalysis | None
    hwhm: float
    limit: float
    agreement: dict[str, float | None]
    checked: int
    stray_error: float | None
    lorentzians: TwoLorentzians | None


def two_lorentzians(setup: Setup, current: Scalar) -> TwoLorentzians:
    """Eq. (14)'s amplitudes, for a current [A m⁻²], on Lorentzians of widths τ_s and τ_Q in the applied field; with a g tensor spins
    precess about g·b.
    """
    junction, nonmagnet, field = setup.device.junction, setup.device.nonmagnet, setup.field
    # S may vanish, and P_L with it lose its meaning: Eq. (14) needs only their product.
    per_current = seed.hanle_amplitudes(
        r_s=nonmagnet.r_s,
        R_tun=junction.R_tun,
        P_G=junction.P_G,
        P_L=1.0,
        S=junction.P_L_S,
        alpha=setup.device.alpha,
        L_0=setup.device.L_0,
    )
    amplitudes = per_current[0] * current, per_current[1] * current
    axis = field.direction
    if getattr(nonmagnet.g, "ndim", 0) == 2:
        _, axis = unit_of(precession(nonmagnet.g, axis), np.array([0.0, 0.0, 1.0]))
    curves = seed.two_lorentzians(
        amplitude_s=amplitudes[0],
        amplitude_Q=amplitudes[1],
        tau_s=nonmagnet.tau_s,
        tau_Q=nonmagnet.tau_Q,
        omega_L=field.larmor_frequency(effective_g(nonmagnet.g, field.direction)),
        theta_cosine=dot(setup.device.magnetisation, axis),
    )
    return TwoLorentzians(amplitudes, curves)


def summary_of(configuration: Configuration, setup: Setup, findings: Findings) -> dict[str, Any]:
    """What summary.json holds."""
    device, junction, nonmagnet = setup.device, setup.device.junction, setup.device.nonmagnet
    at_zero, analysis, hwhm = findings.at_zero, findings.analysis, findings.hwhm
    g = float(effective_g(nonmagnet.g, setup.field.direction)) if setup.field.direction.ndim == 1 else 0.0
    is_lateral = device.detector is not None
    area = None if is_lateral else configuration.junction.contact_area
    signal = float(at_zero.Delta_V_Hanle[0])
    has_signal = signal != 0 and math.isfinite(hwhm)
    V_0, I_0 = float(np.ravel(at_zero.V)[0]), float(np.ravel(at_zero.I)[0])
    per_area = 1.0 if not is_lateral else float(configuration.junction.contact_area.value)  # type: ignore[union-attr]
    amplitudes = None if findings.lorentzians is None else findings.lorentzians.amplitudes
    summary = {
        "name": configuration.name,
        "model": configuration.nonmagnet.model,
        "method": findings.method,
        "Delta_V_0_V": signal,
        "Delta_V_spin_0_V": float(at_zero.Delta_V_spin[0]),
        "Delta_V_heat_0_V": float(at_zero.Delta_V_heat[0]),
        "Delta_V_infinity_V": 0.0 if abs(findings.limit) <= 1e-14 * abs(signal) else findings.limit,
        "R_nl_0_ohm": signal / I_0 if is_lateral and I_0 else None,
        "Delta_I_0_A_per_m2": -float(junction.G) * signal if not setup.drive.feeds_back and not is_lateral else None,
        "V_0_V": V_0,
        "I_0_A_per_m2": I_0 / per_area,
        "hwhm_T": hwhm if has_signal else None,
        "tau_apparent_s": float(apparent_tau(hwhm, g)) if has_signal and g else None,
        "tau_s_s": float(nonmagnet.tau_s),
        "tau_Q_s": float(nonmagnet.tau_Q),
        "Delta_mu_over_e_0_V": float(at_zero.Delta_mu_over_e[0]),
        "Delta_T_s_0_K": float(at_zero.Delta_T_s[0]),
        "eq14_Delta_V_0_V": None if amplitudes is None else float(sum(amplitudes)),
        "eq14_Delta_V_spin_0_V": None if amplitudes is None else float(amplitudes[0]),
        "eq14_Delta_V_heat_0_V": None if amplitudes is None else float(amplitudes[1]),
        "modes": _listed(None if analysis is None else analysis.dressed),
        "bare_modes": _listed(None if analysis is None else analysis.bare),
        "second_law_margin": min(one.second_law_margin for one in _junctions(setup)),
        "alpha": float(device.alpha),
        "r_s_over_R_tun": float(device.mismatch_s),
        "r_Q_kappa_el": float(device.mismatch_Q),
        "R_tun_ohm": float(junction.R_tun) / area.value if area else float(junction.R_tun) if is_lateral else None,
        "r_s_ohm": float(nonmagnet.r_s) / area.value if area else float(nonmagnet.r_s) if is_lateral else None,
        "I_0_A": I_0 * area.value if area else I_0 if is_lateral else None,
        "uniform_injection_off": uniform_injection(at_zero),
        "stray_error": findings.stray_error,
        "agreement": findings.agreement,
        "warnings": _warnings(setup, findings),
        "hanle_sim": __version__,
    }
    return without_nan(summary)


def _junctions(setup: Setup) -> list[Any]:
    detector = setup.device.detector
    return [setup.device.junction] if detector is None else [setup.device.junction, detector.junction]


def _listed(group: modes.Modes | None) -> list[dict[str, float]]:
    if group is None:
        return []
    return [{"tau_s": float(tau), "weight_V": float(weight)} for tau, weight in zip(group.tau, group.weight, strict=True)]


def _warnings(setup: Setup, findings: Findings) -> list[str]:
    found = warnings_for(findings.at_zero)
    for way, difference in findings.agreement.items():
        if difference is not None and not difference <= _DISAGREEMENT:
            found.append(f"the methods disagree: {way} differs by {difference:.1e} of the peak")
    points = np.asarray(findings.curve.field.B).size
    if findings.checked < points and findings.agreement["integrate"] is not None:
        found.append(f"the Bloch equations were integrated at {findings.checked} of the {points} fields")
    if findings.stray_error is not None and not findings.stray_error <= _DISAGREEMENT:
        found.append(f"the average over stray fields is uncertain by {findings.stray_error:.1e} of the peak")
    return found


def without_nan(value: Any) -> Any:
    """JSON has no NaN and no infinity: what is neither a number nor meaningful is null."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def summary_json(summary: dict[str, Any]) -> str:
    """The summary as JSON text."""
    return json.dumps(summary, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
