"""`fit`: parameters with uncertainties from measured files."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..configuration import ConfigurationError, Settings, Source, nearest, read, reusable
from ..fitting.bootstrap import bootstrap as bootstrapped
from ..fitting.points import Points
from ..fitting.posterior import Posterior
from ..fitting.posterior import posterior as posterior_of
from ..fitting.quick import QuickFit, lorentzians, quick_fit
from ..fitting.result import FitResult, result_of, with_draws, with_profiles
from ..fitting.section import FitSection, checked
from ..fitting.uncertainty import uncertainty
from ..measured import Measured
from .fit_data import measured_of

if TYPE_CHECKING:
    import xarray as xr

    from ..configuration import Configuration
    from ..fitting.ranking import Comparison
    from ..runtime import Progress


@dataclass(frozen=True)
class Fits:
    """What `fit` found.

    Attributes:
        measured: the curves, as they were read.
        quick: one and two Lorentzians for every curve, without a FIT.toml.
        results: the fits: of a device one of all curves, of Lorentzians one a curve.
        written: the tables of a FIT.toml that gives this fit again: as written, with the settings, files and units; of arrays there are no
            files, and no [data]. One of [data] alone is a quick fit.
        posteriors: of each fit, where they were asked for.
        comparison: other models of the same curves; None where they were not asked for.
    """

    measured: list[Measured]
    quick: list[QuickFit]
    results: list[FitResult]
    written: dict[str, Any]
    posteriors: list[Posterior] = field(default_factory=list)
    comparison: "Comparison | None" = None

    def __repr__(self) -> str:
        return f"<Fits of {len(self.measured)} curves: {', '.join(map(repr, self.results[:2]))}>"


#: How many curves are fitted without a FIT.toml.
_QUICK = {"model": "lorentzian", "offset": True, "field_offset": True, "background": "linear"}


@overload
def fit(
    data: "xr.Dataset",
    config: Source | None = ...,
    *,
    settings: Settings = ...,
    x_unit: str | None = ...,
    y_unit: str | None = ...,
    starts: int | None = ...,
    progress: "Progress | None" = ...,
) -> "xr.Dataset": ...
@overload
def fit(
    data: str | Path | Mapping[str, Any] | Sequence[str | Path | Mapping[str, Any]] = ...,
    config: Source | None = ...,
    *,
    settings: Settings = ...,
    x_unit: str | None = ...,
    y_unit: str | None = ...,
    starts: int | None = ...,
    profiles: Sequence[str] | None = ...,
    bootstrap: int | None = ...,
    posterior: bool | None = ...,
    compare: bool | None = ...,
    progress: "Progress | None" = ...,
) -> Fits: ...
def fit(
    data: "xr.Dataset | str | Path | Mapping[str, Any] | Sequence[str | Path | Mapping[str, Any]]" = (),
    config: Source | None = None,
    *,
    settings: Settings = (),
    x_unit: str | None = None,
    y_unit: str | None = None,
    starts: int | None = None,
    profiles: Sequence[str] | None = None,
    bootstrap: int | None = None,
    posterior: bool | None = None,
    compare: bool | None = None,
    progress: "Progress | None" = None,
) -> "Fits | xr.Dataset":
    """Fit measured curves.

    Arguments:
        data: files, or dicts of x [T], y, unit ("V" or "ohm"), and sigma, name and set if wanted; those of the FIT.toml unless given.
            Many curves that share fields, each fitted by itself: an xarray Dataset of y over B and other dimensions, or one dict whose y
            is [curves, points]; numbers of each curve's own are variables with the names of their keys, or in `set`.
        config: a FIT.toml, or a dict of its tables; without one, or with [data] alone, every curve is fitted with one and two Lorentzians.
        settings: changes to the device's tables: "KEY=VALUE", several of these, or a dict of values by key.
        x_unit, y_unit: units of the columns, where the files don't say.
        starts: how many starts a device's fit has, 5 unless given; of many curves those alone that leave a doubt have more than one. This
            and the next four are keys of the table [fit] too, in place of which they are given here.
        profiles: parameters whose intervals are those of their profiles, whether their standard errors are to be believed or not.
        bootstrap: from how many sets of data, of the model and residuals drawn anew, errors and intervals are taken; none if 0.
        posterior: whether they are taken from a posterior, drawn by NumPyro's NUTS; refused where its chains have not mixed.
        compare: whether every other model that applies is fitted too, and spin heat asked for.
        progress: called now and then with what is being done, how much is done, and of how much.

    Returns:
        The fits; of many curves a Dataset over their dimensions.

    Raises:
        ConfigurationError (a ValueError): what can't be read, or can't be fitted.

    Example:
        >>> import numpy as np
        >>> from hanle_sim import fit
        >>> B = np.linspace(-50e-3, 50e-3, 101)
        >>> y = 1e-6 / (1 + (B / 5e-3) ** 2) + 1e-8 * np.random.default_rng(0).normal(size=B.size)
        >>> tau = fit({"x": B, "y": y, "unit": "V"}).results[0].parameters["tau"]
        >>> f"({tau.value * 1e9:.2f} +- {tau.stderr * 1e9:.2f}) ns"  # hbar/(2 mu_B 5 mT) = 1.14 ns
        '(1.13 +- 0.01) ns'
    """
    report = progress or (lambda what, done, total: None)
    names = None if profiles is None else list(profiles)
    asked = {"starts": starts, "profiles": names, "bootstrap": bootstrap, "posterior": posterior, "compare": compare}
    asked = {key: value for key, value in asked.items() if value is not None}
    if config is None and reusable(settings):
        raise ConfigurationError("settings: are changes to a FIT.toml: give one as the configuration, or leave them out")
    written = {} if config is None else read(config, settings)
    table = written.get("fit", {})
    table = {**table, **asked} if isinstance(table, Mapping) else table
    if hasattr(data, "data_vars") or (isinstance(data, Mapping) and np.ndim(data.get("y", 0.0)) > 1):
        from ..fitting.batch import fit_many

        section = checked(FitSection, {**_QUICK, **asked} if config is None else table, "fit")
        if section.profiles or section.bootstrap or section.posterior or section.compare:
            raise ConfigurationError("profiles, bootstrap, posterior and compare are of one fit: give a curve of these, or leave them out")
        return fit_many(data, written, section, report=report, x_unit=x_unit, y_unit=y_unit)
    is_quick = set(written) <= {"name", "data"}
    section = checked(FitSection, table, "fit")
    found = _fitted(
        data, written if is_quick else {**written, "fit": table}, None if is_quick else section, x_unit, y_unit, section.compare, report
    )
    results, posteriors = [], []
    for result in found.results:
        unknown = [name for name in section.profiles if name not in result.parameters]
        if unknown:
            raise ConfigurationError(f"profile of {unknown[0]}: no parameter of the fit{nearest(unknown[0], list(result.parameters))}")
        result = with_profiles(result, section.profiles)
        if section.bootstrap:
            errors = uncertainty(result.problem, result.solution)
            draws = bootstrapped(result.problem, result.solution, errors, section.bootstrap, report)
            result = with_draws(result, draws, "bootstrap")
        if section.posterior:
            drawn = posterior_of(result.problem, result.solution, uncertainty(result.problem, result.solution), report)
            posteriors.append(drawn)
            refused = (*result.warnings, f"the posterior was not taken: {drawn.refused}")
            result = replace(result, warnings=refused) if drawn.refused else with_draws(result, np.concatenate(drawn.draws), "posterior")
        results.append(result)
    return replace(found, results=results, posteriors=posteriors)


def _fitted(
    data: str | Path | Mapping[str, Any] | Sequence[str | Path | Mapping[str, Any]],
    written: dict[str, Any],
    section: FitSection | None,
    x_unit: str | None,
    y_unit: str | None,
    compare: bool,
    report: "Progress",
) -> Fits:
    """The fits, quick ones without a section; errors are of the covariances, or of profiles where these are not to be believed."""
    if compare and section is None:
        raise ConfigurationError(
            "compare: needs a device: give a FIT.toml as the configuration; without one, one and two Lorentzians are compared anyway"
        )
    measured, tables = measured_of(data, written.pop("data", {}), {"x_unit": x_unit, "y_unit": y_unit})
    written |= {"data": tables[0] if len(tables) == 1 else tables} if tables else {}
    points = [Points.of(one) for one in measured]
    if section is None:
        quick = []
        for one, curve in zip(measured, points, strict=True):
            quick.append(quick_fit(curve, one.unit))
            report("fits", len(quick), len(points))
        return Fits(measured, quick, [one.best for one in quick], written)
    if section.model != "device":
        count = 1 if section.model == "lorentzian" else 2
        options: dict[str, Any] = {
            "background": section.background,
            "offset": section.offset,
            "field_offset": section.field_offset,
            "g": section.g,
            "is_robust": section.loss != "linear",
        }
        results = [lorentzians(curve, one.unit, count, **options) for one, curve in zip(measured, points, strict=True)]
        if not compare:
            return Fits(measured, [], results, written)
        from ..fitting.compare import compared

        comparison = compared(None, results, section, measured, report=report)
        return Fits(measured, [], results, written, comparison=comparison)
    from ..fitting.request import device_fit
    from ..fitting.variants import AS_WRITTEN

    kernels: dict[Any, Any] = {}
    found = device_fit(written, section, measured, kernels, AS_WRITTEN if compare else None)
    if compare:
        _require_exact(found.configuration)
    solutions = found.problem.minima(section.starts, section.loss != "linear", lambda done: report("starts", done, section.starts))
    problem = solutions[0][0]
    if not math.isfinite(solutions[0][1].chi2):
        raise ConfigurationError("fit: the model has no value at its start: give other starts in fit.free")
    name = str(written.get("name", ", ".join(one.name for one in measured[:3])))
    title = f"{found.configuration.nonmagnet.model} device"
    results = [result_of(name, title, problem, [one for _, one in solutions], found.unit, report)]
    if not compare:
        return Fits(measured, [], results, written)
    from ..fitting.compare import compared

    comparison = compared(found, results, section, measured, report=report, kernels=kernels)
    return Fits(measured, [], results, written, comparison=comparison)


def _require_exact(configuration: "Configuration") -> None:
    """Refuse to compare models of a device that has no fast solution: a dozen fits of it would take hours."""
    from ..model.model import Model

    method = Model(configuration).method
    if not method.is_exact:
        raise ConfigurationError(
            f"compare: only {method.title} solve this device, in minutes a fit: leave out what asks for them, such as S_N"
        )
