"""What a comparison of models says on a terminal and in files."""

import math
from collections.abc import Sequence
from typing import Any

from ..fitting.ranking import ALLOWED, Candidate, Comparison, Spread
from ..text import parameter_text
from .layout import Sheet


def ranking_table(comparison: Comparison) -> Sheet:
    """Models that were fitted, the best first; those that the data do not allow below a line."""
    table = Sheet("models of the same curves")
    table.add_columns("model", wraps=True)
    table.add_columns("free", "ΔAICc", "ΔBIC", "weight", "χ²/dof", "r_1", justify="right")
    fitted = [one for one in comparison.models if one.results]
    least = min(one.bic for one in fitted)
    for number, one in enumerate(sorted(fitted, key=lambda one: not one.allowed)):
        if number == len(comparison.allowed):
            table.add_section()
        numbers = (_short(one.delta), _short(one.bic - least), f"{one.weight:.2f}", _short(one.chi2_per_dof, 2), f"{one.neighbours:.2f}")
        table.add_row(one.name, str(one.free), *numbers)
    table.caption = (
        f"above the line: what the data allow, ΔAICc up to {ALLOWED:g} and residuals as random as the best model's; "
        "r_1: correlation of neighbouring residuals"
    )
    return table


def _short(number: float, digits: int = 1) -> str:
    return "–" if not math.isfinite(number) else f"{number:.{digits}f}" if abs(number) < 100 else f"{number:.0f}"


def spread_table(comparison: Comparison) -> Sheet:
    """Parameters by the best model, and how far they differ among those that the data allow."""
    table = Sheet("parameters across the allowed models")
    table.add_columns("parameter")
    table.add_columns("best", "error", "spread", "models", justify="right")
    table.add_columns("not determined by", wraps=True, style="dim")
    names = {one.name for one in comparison.allowed}
    for name, one in comparison.spread.items():
        counted = {model for model, _, _, _ in one.values if model in names and model not in one.undetermined}
        if not counted:
            table.add_row(name, "–", "–", "open", "0", _listed(one.undetermined))
            continue
        best = next(value for model, _, value, _ in one.values if model in counted)
        error = "–" if one.stderr is None else parameter_text(one.stderr, one.unit, 2)
        low, high = (parameter_text(end, one.unit, 4) for end in (one.low, one.high))
        low = low.partition(" ")[0] if low.partition(" ")[2] == high.partition(" ")[2] else low
        ends = f"{low} … {high}" if one.high > one.low else "–"
        table.add_row(name, parameter_text(best, one.unit, 4), error, ends, str(len(counted)), _listed(one.undetermined))
    only = comparison.allowed[0].name if len(comparison.allowed) == 1 else ""
    alone = f"the data allow one model, {only}: so there is no spread"
    table.caption = alone if only else "error: standard error by the best model; the spread is the honest error where it is larger"
    return table


def _listed(names: Sequence[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""


def left_out(comparison: Comparison) -> list[str]:
    """Models that were left out, with the reasons, as a sentence; none where all were fitted."""
    reasons: dict[str, dict[str, None]] = {}
    for one in comparison.models:
        if not one.results:
            reasons.setdefault(str(one.reason), {})[one.name] = None
    said = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())
    return [f"left out: {said}"] if said else []


def comparison_contents(comparison: Comparison | None) -> dict[str, Any]:
    """What fit.json holds of a comparison: null where there was none."""
    if comparison is None:
        return {"models": None, "spread": None, "spin_heat": None}
    keys = list(comparison.best.results[0].as_dict())
    return {
        "models": [_model(one, keys) for one in comparison.models],
        "spread": {name: _spread(one) for name, one in comparison.spread.items()},
        "spin_heat": {
            **comparison.heat._asdict(),
            "ci95": None if comparison.heat.ci95 is None else list(comparison.heat.ci95),
        },
    }


def _model(one: Candidate, keys: list[str]) -> dict[str, Any]:
    fits = [each.as_dict() for each in one.results]
    return {
        **(fits[0] if fits else dict.fromkeys(keys)),
        "model": one.name,
        "curves": fits if len(fits) > 1 else None,
        **{key: _finite(getattr(one, key)) for key in ("aicc", "bic", "delta", "chi2_per_dof")},
        "weight": one.weight if fits else None,
        "neighbours": one.neighbours if fits else None,
        "allowed": one.allowed,
        "reason": one.reason,
    }


def _spread(one: Spread) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "low": _finite(one.low),
        "high": _finite(one.high),
        "stderr": one.stderr,
        "undetermined": list(one.undetermined),
        "values": [dict(zip(("model", "curve", "value", "stderr"), row, strict=True)) for row in one.values],
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
