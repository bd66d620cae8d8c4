"""Claim 10: α, and the line that goes with it."""

import math
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from ...numerics.extrema import largest
from . import sentences
from .apparent_tau import half_width_reading
from .claim import Axis, Claim, Map
from .line_shape import departures
from .pure_numbers import Point, PureModel
from .study import OPEN, Case, Study

# Sizes at which a line's error is tabulated for a map.
_TABLE = 400


def alpha_error(model: PureModel, tau_ratio: Any, size: Any) -> Any:
    """λ_s/λ_Q over the geometry's own α, less one."""
    return tau_ratio**-0.5 / model.alpha(tau_ratio, size) - 1


def line_error(model: PureModel, size: Any) -> Any:
    """Largest difference between one contribution without back-flow and a Lorentzian of width 1/τ, relative to the peak; `size` in
    its own λ.
    """
    point = Point(mismatch=OPEN, P_G=0.5, size=size)
    return departures(model, point, "spin", np.ones(np.shape(size)))


def lines_error(model: PureModel, tau_ratio: Any, size: Any) -> Any:
    """The same of both contributions, the larger; `size` in λ_s, of which λ_Q is √(τ_Q/τ_s)."""
    return np.max(line_error(model, np.stack([size, size * np.asarray(tau_ratio) ** -0.5])), 0)


def _lines_error_map(model: PureModel, tau_ratio: np.ndarray, sizes: np.ndarray) -> Any:
    """`lines_error` on a grid, [ratios, sizes], by a spline: both are one function of a size in its own λ."""
    of_heat = sizes[None, :] * tau_ratio[:, None] ** -0.5
    known = np.geomspace(sizes.min(), of_heat.max(), _TABLE)
    table = CubicSpline(np.log(known), line_error(model, known))
    return np.maximum(table(np.log(sizes))[None, :], table(np.log(of_heat)))


def _numbers(case: Case) -> dict[str, Any]:
    model, point = case.model, case.point
    natural, alone = model.alpha(point.tau_ratio, point.size), Point(mismatch=OPEN, P_G=0.5, size=point.size)
    own = case.at(alpha=natural)
    return {
        "lambda_s_over_lambda_Q": point.tau_ratio**-0.5,
        "alpha_of_the_geometry": natural,
        "lambda_s_over_lambda_Q_over_alpha_less_one": alpha_error(model, point.tau_ratio, point.size),
        "half_width_times_tau_of_one_contribution": model.width(alone, "spin"),
        "largest_departure_from_lorentzian_of_tau_s": line_error(model, point.size),
        "largest_departure_from_lorentzian_of_tau_Q": line_error(model, point.size * point.tau_ratio**-0.5),
        "half_width_times_tau_s_of_the_total": model.width(own),
        "tau_app_over_tau_s": half_width_reading(model, own),
    }


def consistency(study: Study) -> Claim:
    """Claim 10."""
    table, film = study.each(_numbers), PureModel("film")
    sizes, ratios = np.geomspace(0.02, 10.0, study.pixels), np.geomspace(0.01, 1.0, study.pixels)
    in_alpha = alpha_error(film, ratios[:, None], sizes[None, :])
    in_line = _lines_error_map(film, ratios, sizes)
    ratio = study.point.tau_ratio

    def better(logs: np.ndarray) -> Any:
        """Less the larger of both errors, by ln(d/λ_s)."""
        return -np.maximum(np.abs(alpha_error(film, ratio, np.exp(logs))), lines_error(film, ratio, np.exp(logs)))

    best, (log_thickness,) = largest(better, [(math.log(1e-3), math.log(1e2))])
    least, thickness = -best, math.exp(log_thickness)
    numbers = {
        "least_of_the_larger_error": least,
        "d_over_lambda_s_that_gives_it": thickness,
        "error_of_alpha_there": abs(float(alpha_error(film, ratio, thickness))),
        "error_of_the_line_there": float(lines_error(film, ratio, np.asarray(thickness))),
    }
    x, y = Axis("thickness d/λ_s", sizes), Axis("τ_Q/τ_s", ratios)
    here = (study.point.size, ratio) if study.own == "film" and study.model.back == "reflecting" else None
    return Claim(
        10,
        "consistency",
        "α = λ_s/λ_Q together with a Lorentzian line",
        "In the case of an exponentially decaying spin (heat) accumulation, it follows that α = λ_s/λ_Q […] We consider a spin heat "
        "relaxation time τ_Q < τ_s, given by τ_s/τ_Q = (λ_s/λ_Q)² = α²",
        "below Eq. (13), and the caption of Fig. 2, where both lines are Lorentzians",
        "In a film with a reflecting back, from much thinner than λ (lumped) to much thicker (diffusive): λ_s/λ_Q over the film's own "
        "α, and the lines of both contributions, without back-flow, against Lorentzians of widths 1/τ_s and 1/τ_Q.",
        table,
        numbers,
        *sentences.consistency(numbers["error_of_alpha_there"], numbers["error_of_the_line_there"], thickness),
        {
            "": (
                Map("λ_s/λ_Q over the film's α, less one", x, y, in_alpha, here),
                Map("the worse line against 1/(1+ω_L²τ²)", x, y, in_line, here, unit="largest difference (% of the peak)"),
                Map("the larger of the two", x, y, np.maximum(np.abs(in_alpha), in_line), here, unit="larger error (%)"),
            )
        },
        "α = λ_s/λ_Q and a Lorentzian line exclude each other",
        "Thin films have the Lorentzian (middle) but α = τ_s/τ_Q (left); thick ones have α = λ_s/λ_Q but not the Lorentzian; nowhere, "
        "but at τ_Q = τ_s, where spin and heat are alike, are both right (right).",
        shows=2,
        notes=sentences.alpha_note(study, table[study.own], "The table takes", "alpha_of_the_geometry"),
    )
