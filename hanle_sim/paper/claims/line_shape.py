"""Claims 1 and 2: each contribution is a Lorentzian, of width 1/τ_s and 1/τ_Q."""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import sentences
from .claim import Axis, Claim, Lines, Map, thresholds
from .pure_numbers import FIT_POINTS, Point, PureModel
from .study import OPEN, Case, Study, edge

#: Fields at which a line is held against a Lorentzian, in half widths; as many as a fit has, so that one compilation serves both.
FIELDS = np.concatenate([[0.0], np.geomspace(0.01, 100.0, FIT_POINTS - 1)])
MISMATCH = "r_s/R_tun"
_LOW, _HIGH = 1e-8, 1e4


def relaxation(point: Point, term: str) -> Any:
    """τ/τ_s that a term's width is said to be set by."""
    return point.tau_ratio if term == "heat" else 1.0


def width_error(case: Case, point: Point, term: str) -> Any:
    """ω_Lτ at half width less one: how much wider a term is than a Lorentzian of its τ."""
    return case.model.width(point, term) * relaxation(point, term) - 1


def departures(model: PureModel, point: Point, term: str, tau: Any = None) -> Any:
    """Largest difference between a term and a Lorentzian, relative to the peak: one of its own half width, or of τ/τ_s = tau."""
    width = model.width(point, term)
    scale = 1 / width if tau is None else np.asarray(tau)

    def off(fields: np.ndarray) -> Any:
        omega = width[..., None] * fields
        spin, heat = model.curve(point, omega)
        curve = heat if term == "heat" else spin
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(curve / curve[..., :1] - 1 / (1 + (omega * scale[..., None]) ** 2))

    return largest(off)


def largest(off: Callable[[np.ndarray], Any]) -> Any:
    """The largest value of a function of the fields, in half widths: on FIELDS, and twice more around its two highest peaks there.

    Arguments:
        off: fields [..., k], the first of them zero, → values there, [..., k].
    """
    coarse = off(FIELDS)
    inner = coarse[..., 1:-1]
    peaks = np.where((inner >= coarse[..., :-2]) & (inner >= coarse[..., 2:]), inner, -1.0)
    first = np.argmax(peaks, -1)
    second = np.argmax(np.where(np.arange(peaks.shape[-1]) == first[..., None], -1.0, peaks), -1)
    found = [np.max(coarse, -1)]
    for at in (first + 1, second + 1):
        low, high = FIELDS[at - 1][..., None], FIELDS[at + 1][..., None]
        for _ in range(2):
            fine = low + (high - low) * np.linspace(0.0, 1.0, FIELDS.size - 1)
            values = off(np.concatenate([0 * low, fine], -1))[..., 1:]
            best = np.clip(np.argmax(values, -1), 1, values.shape[-1] - 2)[..., None]
            low, high = (np.take_along_axis(fine, best + step, -1) for step in (-1, 1))
        found.append(peak(values))
    return np.maximum.reduce(found)


def peak(values: np.ndarray) -> Any:
    """The largest value along the last axis, by the parabola through it and its neighbours where it has two."""
    at = np.clip(np.argmax(values, -1), 1, values.shape[-1] - 2)
    before, here, after = (np.take_along_axis(values, (at + step)[..., None], -1)[..., 0] for step in (-1, 0, 1))
    bend = 2 * here - before - after
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.where((bend > 0) & (here >= np.maximum(before, after)), (after - before) ** 2 / (8 * bend), 0.0)
    return np.where(rise > 0, here + rise, np.max(values, -1))


def mismatch_axis(study: Study) -> Axis:
    """r_s/R_tun from open to strong back-flow."""
    return Axis(f"mismatch {MISMATCH}", np.geomspace(1e-4, 1e1, study.pixels))


def seebeck_axis(study: Study) -> Axis:
    """S/√L_0 up to the second law's edge."""
    return Axis("Seebeck coefficient |S|/√L_0", np.linspace(0.0, 1.0, study.pixels + 1)[1:] * study.case.S_edge, log=False)


def mismatch_and_seebeck(study: Study) -> tuple[Axis, Axis, Point, tuple[float, float]]:
    """The two axes, the device at every point of their plane, and where it is there itself; P_L is kept."""
    x, y = mismatch_axis(study), seebeck_axis(study)
    point = study.case.at(mismatch=x.values[None, :], S=study.sign * y.values[:, None])
    return x, y, point, (study.point.mismatch, abs(study.point.S))


def _numbers(case: Case, term: str) -> dict[str, Any]:
    point, model = case.point, case.model
    tau = relaxation(point, term)
    opened = case.at(mismatch=OPEN)
    width, name = model.width(point, term), "tau_Q" if term == "heat" else "tau_s"
    return {
        f"half_width_times_{name}": width * tau,
        f"half_width_times_{name}_without_back_flow": model.width(opened, term) * tau,
        f"largest_departure_from_lorentzian_of_{name}": departures(model, point, term, tau),
        "largest_departure_from_lorentzian_of_own_width": departures(model, point, term),
        **thresholds(lambda x: width_error(case, case.at(mismatch=x), term), _LOW, _HIGH, "mismatch"),
    }


def _shape_map(study: Study, term: str) -> Map:
    x, y, point, here = mismatch_and_seebeck(study)
    title = f"half width of the {'ΔT_s' if term == 'heat' else 'Δμ'} term, by {MISMATCH} and S"
    return Map(title, x, y, width_error(study.case, point, term), here, absent="no such signal")


def _spin_maps(study: Study) -> tuple[Map, Map]:
    x = mismatch_axis(study)
    y, case = Axis("polarisation P_G", np.linspace(0.01, 0.99, study.pixels), log=False), study.case
    P_G = y.values[:, None]
    P_L = case.P_L / case.point.P_G * P_G if case.point.P_G else case.P_L
    S = case.point.S / case.S_edge * edge(case.at(P_G=P_G), P_L)
    point = case.at(mismatch=x.values[None, :], P_G=P_G, S=S, P_L_S=P_L * S)
    title, here = f"half width of the Δμ term, by {MISMATCH} and P_G", (study.point.mismatch, study.point.P_G)
    return Map(title, x, y, width_error(case, point, "spin"), here), _shape_map(study, "spin")


def spin_line(study: Study) -> Claim:
    """Claim 1."""
    table, panels = study.each(lambda case: _numbers(case, "spin")), study.rows(_spin_maps)
    sizes = np.geomspace(0.05, 20.0, study.pixels)
    film = Point(mismatch=OPEN, P_G=0.5, size=sizes)
    curves = {f"film, {back} back": PureModel("film", back).width(film, "spin") for back in ("reflecting", "absorbing")}
    marks = {name: float(PureModel(name).width(Point(mismatch=OPEN, P_G=0.5), "spin")) for name in ("lumped", "diffusive")}
    panels[study.own] += (
        Lines("half width without back-flow", Axis("thickness d/λ_s", sizes), "half width ω_L τ_s", curves, log=True, marks=marks),
    )
    sizes_at = thresholds(lambda d: PureModel("film").width(film._replace(size=d), "spin") - 1, 1e-4, 1e2, "film_thickness_over_lambda_s")
    return Claim(
        1,
        "spin_line",
        "The Δμ curve is a Lorentzian of width 1/τ_s",
        "the Hanle curve ΔV_Hanle vs B, due to suppression of Δμ, is Lorentzian [1] and has a width that is inversely proportional to "
        "the spin-relaxation time τ_s",
        "below Eq. (6)",
        "The Δμ term of the exact coupled curve: the field at which it has fallen to half, in units of 1/τ_s, and how far it is from a "
        "Lorentzian anywhere, relative to its peak. Error: half width times τ_s, less one.",
        table,
        sizes_at,
        *sentences.line(study, table[study.own], "tau_s", "τ_s", "Δμ"),
        panels,
        "Back-flow widens the Δμ curve",
        "Back-flow widens the curve (error of 'half width = 1/τ_s'; left with P_L/P_G and S over the second law's largest S kept, "
        "middle with P_L kept and S up to that largest); where spins diffuse away, it is wider without any back-flow (right).",
    )


def _heat_maps(study: Study) -> tuple[Map, Map]:
    x, y = mismatch_axis(study), Axis("α = r_s/(L_0 T_0 r_Q)", np.geomspace(0.1, 100.0, study.pixels))
    point = study.case.at(mismatch=x.values[None, :], alpha=y.values[:, None])
    title, here = f"half width of the ΔT_s term, by {MISMATCH} and α", (study.point.mismatch, study.point.alpha)
    return Map(title, x, y, width_error(study.case, point, "heat"), here), _shape_map(study, "heat")


def heat_line(study: Study) -> Claim:
    """Claim 2."""
    table = study.each(lambda case: _numbers(case, "heat"))
    return Claim(
        2,
        "heat_line",
        "The ΔT_s curve is a Lorentzian of width 1/τ_Q",
        "Similarly, we expect that the suppression of ΔT_s yields a Lorentzian Hanle curve having a width that is inversely "
        "proportional to the spin heat relaxation time τ_Q, such that ΔT_s(B) ∝ [1 + (ω_L τ_Q)²]⁻¹",
        "below Eq. (6)",
        "The ΔT_s term of the exact coupled curve, as for claim 1. Error: half width times τ_Q, less one.",
        table,
        {},
        *sentences.line(study, table[study.own], "tau_Q", "τ_Q", "ΔT_s"),
        study.rows(_heat_maps),
        "Back-flow widens the ΔT_s curve",
        "Error of 'half width = 1/τ_Q'. The spins' own back-flow reaches the ΔT_s curve through the cross terms; a larger α, less spin "
        "heat resistance, delays the back-flow of heat.",
    )
