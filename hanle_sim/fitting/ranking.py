"""Models of the same curves ranked, and how far parameters differ among those that the data allow."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ..configuration import ConfigurationError
from ..model.parameters import parameters_of
from .request import DeviceFit
from .result import FitResult
from .statistics import criteria, structure
from .variants import Variant

#: A model whose AICc is higher than the best by more is not allowed: the odds against it are e³, 20 to 1.
ALLOWED = 6.0
#: By so many standard errors, 1/√n, neighbouring residuals may be more alike than the best model's.
_STRUCTURE = 4.0
_TOO_FEW = "compare: there are too few points to rank models by AICc: measure more, or free fewer parameters"


class SpinHeat(NamedTuple):
    """Whether there is spin heat in the data.

    Attributes:
        answer: "yes", "no" or "can't be told"; None where it was not asked.
        sentence: the answer with its evidence.
        share: of the signal at B = 0, at the best; None where it was not asked.
        ci95: what it may be; None where it was not asked.
        what_would_tell: a measurement that would, in a sentence; None where none is needed.
    """

    answer: str | None
    sentence: str
    share: float | None = None
    ci95: tuple[float, float] | None = None
    what_would_tell: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A model beside others of the same curves.

    Attributes:
        name: of the model.
        results: its fits: of a device one of all curves, of Lorentzians one a curve; none where it was left out.
        variant, fitted: the device, and its problem; None for Lorentzians.
        reason: why it was left out, or is not allowed.
        aicc, bic: of all curves, by one effective number of points for all models.
        delta, weight: AICc above the best, and the Akaike weight.
        chi2_per_dof: against σ where it was given, else against the noise that the model with the least squares leaves.
        neighbours: correlation of neighbouring residuals, of the curve where it is largest.
        allowed: whether the data allow it.
        others: its fits with other signs that are nearly as good.
    """

    name: str
    results: tuple[FitResult, ...] = ()
    variant: Variant | None = None
    fitted: DeviceFit | None = field(default=None, repr=False)
    reason: str | None = None
    aicc: float = math.inf
    bic: float = math.inf
    delta: float = math.inf
    weight: float = 0.0
    chi2_per_dof: float = math.nan
    neighbours: float = 0.0
    allowed: bool = False
    others: tuple[FitResult, ...] = ()

    @property
    def free(self) -> int:
        """How many numbers were found."""
        return sum(len(one.parameters) for one in self.results)

    @property
    def heat(self) -> str:
        """What it knows of spin heat; "" for Lorentzians."""
        return "" if self.variant is None else self.variant.heat


@dataclass(frozen=True)
class Spread:
    """How far a parameter differs among models.

    Attributes:
        unit: SI.
        values: its values by model and curve, with their standard errors: (model, curve, value, stderr); curve "" where it is shared.
        low, high: of those that the data allow.
        stderr: by the best of them.
        undetermined: allowed models that do not determine it.
    """

    unit: str
    values: tuple[tuple[str, str, float, float | None], ...]
    low: float
    high: float
    stderr: float | None
    undetermined: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What `fit` with compare = True found besides.

    Attributes:
        models: all of them, the best first, those left out last.
        spread: of every parameter that several models have, by name.
        heat: whether there is spin heat in the data.
    """

    models: tuple[Candidate, ...]
    spread: dict[str, Spread]
    heat: SpinHeat

    @property
    def best(self) -> Candidate:
        """The model of least AICc."""
        return self.models[0]

    @property
    def allowed(self) -> list[Candidate]:
        """Models that the data allow, the best first."""
        return [one for one in self.models if one.allowed]


def ranked(candidates: list[Candidate], is_robust: bool, heat: SpinHeat) -> Comparison:
    """Candidates by AICc, all of them with one noise and one effective number of points.

    The effective number is that of the residuals of the model with the least squares: what is left of the others may be alike because
    they miss the shape, and fewer points would favour them. With soft_l1 every model's residuals are rated by the same loss at the
    noise of that model.
    """
    fits = [one for one in candidates if one.results]
    if not fits:
        raise ConfigurationError(_TOO_FEW)
    closest = min(fits, key=lambda one: _squares(one, None))
    n = sum(one.n for one in closest.results)
    effective = sum(one.n_effective for one in closest.results)
    is_known = all(one.problem.is_known for one in closest.results)
    noise = _noise(closest) if is_robust and not is_known else 1.0
    loss = noise if is_robust else None
    least = _squares(closest, loss)
    per_dof = 1.0 if is_known else least / max(effective - closest.free, 1.0) * effective / n
    rated = []
    for one in fits:
        chi2 = _squares(one, loss) * effective / n
        compared = criteria(chi2 if not is_robust else chi2 / noise**2, effective, one.free, is_known or is_robust)
        structures = [
            structure(curve.points, fitted.residual).neighbours * math.sqrt(fitted.residual.size)
            for each in one.results
            for curve, fitted in zip(each.problem.curves, each.solution.curves, strict=True)
        ]
        rated.append(
            replace(
                one,
                aicc=compared["aicc"],
                bic=compared["bic"],
                chi2_per_dof=chi2 / max(effective - one.free, 1.0) / per_dof,
                neighbours=max(structures) / math.sqrt(n),
            )
        )
    rated.sort(key=lambda one: one.aicc)
    best = rated[0]
    if not math.isfinite(best.aicc):
        raise ConfigurationError(_TOO_FEW)
    weights = [math.exp(-(one.aicc - best.aicc) / 2) if math.isfinite(one.aicc) else 0.0 for one in rated]
    limit = max(best.neighbours, 0.0) + _STRUCTURE / math.sqrt(n)
    found = []
    for one, weight in zip(rated, weights, strict=True):
        delta, reason = one.aicc - best.aicc, None
        if not delta <= ALLOWED:
            reason = f"AICc higher by {delta:.3g}"
        elif one.neighbours > limit:
            reason = "its residuals are less random"
        found.append(replace(one, delta=delta, weight=weight / sum(weights), allowed=reason is None, reason=reason))
    left = [one for one in candidates if not one.results]
    return Comparison((*found, *left), _spreads(found), heat)


def _residuals(one: Candidate) -> Iterable[np.ndarray]:
    for result in one.results:
        for curve, fitted in zip(result.problem.curves, result.solution.curves, strict=True):
            yield fitted.residual / (1.0 if curve.points.trust is None else curve.points.trust)


def _noise(one: Candidate) -> float:
    return 1.4826 * float(np.median(np.abs(np.concatenate(list(_residuals(one)))))) or 1.0


def _squares(one: Candidate, noise: float | None) -> float:
    """Σ r² over all curves, or with a noise the loss 2 (√(1 + r²) − 1) in its place."""
    r = np.concatenate(list(_residuals(one)))
    return float(np.sum(r**2 if noise is None else 2 * noise**2 * (np.sqrt(1 + (r / noise) ** 2) - 1)))


def _spreads(ranked: Sequence[Candidate]) -> dict[str, Spread]:
    """Every parameter of devices that two models at least have, the Lorentzians' stronger τ as a τ_s."""
    found: dict[str, list[tuple[Candidate, str, Any]]] = {}
    for one in ranked:
        for key, curve, estimate in _named(one):
            found.setdefault(key, []).append((one, curve, estimate))
    spreads = {}
    for key, rows in found.items():
        if len({one.name for one, _, _ in rows}) < 2 or all(one.variant is None for one, _, _ in rows):
            continue
        allowed = [(one, estimate) for one, _, estimate in rows if one.allowed]
        known = [estimate for _, estimate in allowed if estimate.identifiable]
        lost = tuple(dict.fromkeys(one.name for one, estimate in allowed if not estimate.identifiable))
        values = tuple((one.name, curve, estimate.value, estimate.stderr) for one, curve, estimate in rows)
        ends = [estimate.value for estimate in known] or [math.nan]
        spreads[key] = Spread(rows[0][2].unit, values, min(ends), max(ends), known[0].stderr if known else None, lost)
    return spreads


def _named(one: Candidate) -> Iterable[tuple[str, str, Any]]:
    """A model's parameters: name, curve, estimate; offsets and heights left out."""
    for result in one.results:
        if one.variant is not None:
            numbers = parameters_of(one.fitted.configuration) if one.fitted else []
            known = {name for number in numbers for name in (number.name, number.path)}
            for name, estimate in result.parameters.items():
                key, _, curve = name.partition(" [")
                if key in known or key.rpartition(".")[2] in known:
                    yield key, curve.removesuffix("]"), estimate
            continue
        curve = result.name if len(one.results) > 1 else ""
        times = [name for name in result.parameters if name.startswith("tau")]
        strongest = max(times, key=lambda name: abs(result.parameters[name.replace("tau", "amplitude")].value))
        yield "tau_s", curve, result.parameters[strongest]
