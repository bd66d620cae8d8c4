"""A simulation: from a configuration to a Hanle curve, checked by a solution that shares no formula with it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..configuration import DEFAULT_PRESET, Configuration, ConfigurationError, Settings, Setup, Source, build, read
from ..configuration import check as checked_configuration
from ..curve import HanleCurve
from ..observables.half_width import half_width_or_nan
from ..observables.two_lorentzians import two_lorentzians
from ..physics.dimensionless import NaturalUnits
from ..physics.field import Field
from ..runtime import Progress, double_precision
from ..solvers import METHODS, AbstractMethod, MethodName, exact_method, numerical_method
from ..solvers.closed import modes
from ..text import toml_of
from .checks import Way, agreement_of, by_volumes, resolution, sum_of_modes
from .limits import require_finite, require_memory, require_range
from .summary import Findings, summary_of
from .validity import size_of_terms

#: Sweeps are solved in pieces of this many fields, and integrated at no more than so many.
INTEGRATION_CHUNK = 512
#: Pieces of a sweep that is solved numerically throughout.
NUMERICAL_CHUNK = 64
#: Accuracy asked of the integration, relative to the peak.
RTOL = 1e-10


@dataclass(frozen=True)
class Simulation:
    """A finished run.

    Attributes:
        configuration, setup: what was solved.
        written: the configuration as written, with its settings applied.
        method: the method of `curve`.
        curve: the steady state over the sweep, on NumPy arrays.
        checked: the same by an independent numerical solution, at `checked_index` of the sweep; None where there is none.
        checked_index: indices into the sweep, [checked points].
        check: the method that checked it; None if none did.
        two_lorentzians: Eq. (14)'s amplitudes on Lorentzians of widths τ_s and τ_Q [V], [points]; None on a lateral channel.
        summary: what `summary.json` holds.
    """

    configuration: Configuration
    setup: Setup
    written: dict[str, Any]
    method: AbstractMethod
    curve: HanleCurve
    checked: HanleCurve | None
    checked_index: np.ndarray
    check: AbstractMethod | None
    two_lorentzians: np.ndarray | None
    summary: dict[str, Any]

    def __repr__(self) -> str:
        points = np.asarray(self.setup.field.B).size
        return f"<Simulation of {self.configuration.name!r} by {self.method.name}: {points} fields; see curve and summary>"


def run_simulation(
    config: Source = DEFAULT_PRESET,
    *,
    settings: Settings = (),
    method: MethodName | None = None,
    check: bool = True,
    progress: Progress | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Simulation:
    """Solve a configuration.

    Arguments:
        config: a path, a preset's name, or a dict.
        settings: changes to it: "KEY=VALUE", several of these, or a dict of values by key.
        method: the method of the curve; None for the first of "closed", "linear" and "finite_volume" that covers the device.
        check: whether to compare the curve with independent solutions, which takes most of the time.
        progress: called now and then with what is being done, how much is done, and of how much.
        meanwhile: called while this thread waits for the check.

    Raises:
        ConfigurationError: a configuration that can't be used, or a method that doesn't cover it.
    """
    written = read(config, settings)
    configuration = checked_configuration(written)
    require_memory(configuration)
    setup = build(configuration)
    require_range(setup)
    B = np.asarray(setup.field.B)
    report = progress or (lambda what, done, total: None)
    natural = _natural(setup, _with_zero(setup.field).part(slice(0, 2)))
    exact = exact_method(natural)
    chosen = exact if method is None else _required(natural, method)
    with ThreadPoolExecutor(1) as second_core, double_precision():
        # Most of a short run is compiling, which leaves the interpreter free: the check compiles beside everything else.
        how = _check_of(natural, chosen, exact) if check else None
        index = _checked_index(how, chosen, B.size)
        pending = None if how is None else second_core.submit(_checking(setup, how, index), report)
        if how is chosen and pending is not None:
            solved, error = pending.result()[0], 0.0
        else:
            solved, error = _solve(setup, chosen, report)
        reference = solved if chosen is exact or not check else _solve(setup, exact, report)[0]
        at_zero, curve = solved.part(slice(0, 1)), solved.part(slice(1, None))
        analysis = modes.analyse(_natural(setup, setup.field)) if METHODS["modes"].covers(_natural(setup, setup.field)) else None
        hwhm, limit = half_width_or_nan(setup.device, setup.field, exact)
        by_linear = _by_linear(setup, curve) if check else None
        if meanwhile is not None:
            meanwhile()
        numerical, its_error = (None, 0.0) if pending is None else pending.result()
        checked = None if numerical is None else numerical.part(slice(1, None))
        remarks = resolution(setup, _with_zero(setup.field)) if not exact.is_exact and chosen is exact and setup.field.stray is None else []
    require_finite(curve, at_zero)
    ways, against = {}, reference.part(slice(1, None))
    if by_linear is not None and exact is not METHODS["linear"]:
        ways["linear"] = Way(by_linear[0].Delta_V_Hanle, by_linear[1], 0.0)
    if analysis is not None:
        ways["modes"] = Way(sum_of_modes(against, analysis.dressed), slice(None), 0.0)
    if how is not None and checked is not None:
        ways[how.name] = Way(checked.Delta_V_Hanle, index, its_error)
    peak = float(np.max(np.abs(reference.Delta_V_Hanle)))
    agreement, doubts = agreement_of(against, peak, sum(size_of_terms(setup.device)), ways)
    lorentzians = None if setup.device.is_nonlocal else two_lorentzians(setup, float(np.ravel(at_zero.I)[0]))
    findings = Findings(
        method=chosen.name,
        curve=curve,
        at_zero=at_zero,
        analysis=analysis,
        hwhm=hwhm,
        limit=limit,
        agreement=agreement if check else None,
        remarks=remarks + (doubts if check else []),
        checked=index.size if how is not None else B.size,
        stray_error=error if setup.field.stray is not None else None,
        lorentzians=lorentzians,
    )
    curves = None if lorentzians is None else lorentzians.curves[0] + lorentzians.curves[1]
    return Simulation(configuration, setup, written, chosen, curve, checked, index, how, curves, summary_of(configuration, setup, findings))


def _natural(setup: Setup, field: Field) -> NaturalUnits:
    return NaturalUnits.of(setup.device, field)


def _with_zero(field: Field) -> Field:
    """The sweep with B = 0 before it, so that one call solves both."""
    first = np.concatenate([np.zeros(1, dtype=int), np.arange(np.asarray(field.B).size)])
    return field.along(np.concatenate([np.zeros(1), np.asarray(field.B)]), first)


def _on_fields(setup: Setup, field: Field, size: int, solver: Callable[[NaturalUnits], Any], report: Callable[[int], None]) -> HanleCurve:
    """The curve at given fields, solved in pieces of one size so that one compilation serves them all."""
    points = np.asarray(field.B).size
    pieces = []
    for start in range(0, points, size):
        index = np.minimum(np.arange(start, start + size), points - 1)
        natural = _natural(setup, field.part(index))
        pieces.append(np.asarray(solver(natural))[: min(size, points - start)])
        report(min(start + size, points))
    y = np.concatenate(pieces)
    return HanleCurve.from_natural(natural, y, setup.device, field)


def _solve(setup: Setup, method: AbstractMethod, report: Progress) -> tuple[HanleCurve, float]:
    """B = 0 and the sweep by `method`, and the error of the average over stray fields."""
    field = _with_zero(setup.field)
    points = np.asarray(field.B).size
    errors = [0.0]

    def solver(natural: NaturalUnits) -> Any:
        if natural.stray is None:
            return method.steady_state(natural)
        from ..solvers.stray_average import average

        try:
            averaged = average(natural, method)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        errors.append(averaged.error)
        return averaged.y

    # Numerical solutions and averages take long: pieces small enough for a progress bar, where there are many.
    size = min(NUMERICAL_CHUNK if setup.field.stray is not None else method.fields_at_once, points)
    curve = _on_fields(setup, field, size, solver, lambda done: report("steady state", done, points))
    return curve, max(errors)


def _check_of(natural: NaturalUnits, method: AbstractMethod, exact: AbstractMethod) -> AbstractMethod | None:
    """How a run is checked: numerically, by what shares no formula with the curve; with stray fields by the linear system alone."""
    how = numerical_method(natural)
    return None if natural.stray is not None or how is exact or (how is method and not exact.is_closed_form) else how


def _checked_index(how: AbstractMethod | None, method: AbstractMethod, points: int) -> np.ndarray:
    size = 0 if how is None else points if how is method else how.fields_of_a_check
    return np.unique(np.linspace(0, points - 1, min(points, size)).astype(int))


def _checking(setup: Setup, how: AbstractMethod, index: np.ndarray) -> Callable[[Progress], tuple[HanleCurve, float]]:
    """B = 0 and the given fields by a numerical solution, and its own error of the signal [V], as what is returned finds it."""
    return _WAYS[how.name](setup, _with_zero(setup.field.part(index)))


def _through_volumes(setup: Setup, field: Field) -> Callable[[Progress], tuple[HanleCurve, float]]:
    def solve(report: Progress) -> tuple[HanleCurve, float]:
        points = np.asarray(field.B).size
        with double_precision():
            found = by_volumes(setup, field)
            report("finite volumes", points, points)
            return found

    return solve


def _through_integration(setup: Setup, field: Field) -> Callable[[Progress], tuple[HanleCurve, float]]:
    """Traced here, compiled and run by what is returned."""
    from ..solvers import bloch_integration

    points = np.asarray(field.B).size
    size = -(-points // -(-points // INTEGRATION_CHUNK))  # even pieces, since the last one is filled up
    # The strongest field is among those traced for, since it decides on the integrator.
    strongest = np.argsort(-np.abs(np.asarray(field.B)), kind="stable")[:size]
    compiled = bloch_integration.steady_state_ahead(_natural(setup, field.part(strongest)), rtol=RTOL, adjoint="forward")

    def run(report: Progress) -> tuple[HanleCurve, float]:
        with double_precision():
            curve = _on_fields(setup, field, size, compiled(), lambda done: report("Bloch equations", done, points))
            # Its accuracy is that of the state, whose two terms may cancel in the signal.
            junction = setup.device.injector.junction
            terms = abs(junction.P_G * np.max(np.abs(curve.u))) + abs(junction.P_L_S * np.max(np.abs(curve.T)))
            return curve, 10 * RTOL * float(terms) / 2

    return run


#: How a check runs, by its method's name.
_WAYS = {"finite_volume": _through_volumes, "integrate": _through_integration}


def _by_linear(setup: Setup, curve: HanleCurve) -> tuple[HanleCurve, np.ndarray] | None:
    """The linear system at a few fields of the sweep, and their indices. NumPy solves: a few fields aren't worth compiling for."""
    size = np.asarray(curve.field.B).size
    stray = setup.field.stray is not None
    few = np.unique(np.linspace(0, size - 1, min(size, 3 if stray else 101)).astype(int))
    field = setup.field.part(few)
    natural = _natural(setup, field)
    linear = METHODS["linear"]
    if not linear.covers(natural):
        return None
    if stray:
        from ..solvers.stray_average import average

        try:
            y = np.asarray(average(natural, linear, plain=True).y)
        except ValueError:  # so many local fields that compiling pays
            y = np.asarray(average(natural, linear).y)
    else:
        y = linear.solve(natural)
    return HanleCurve.from_natural(natural, y, setup.device, field), few


def _required(natural: NaturalUnits, name: str) -> AbstractMethod:
    """A method by name. Raises ConfigurationError for one that does not cover the device, or that there is not."""
    if name not in METHODS:
        raise ConfigurationError(f"method = {toml_of(name)}: must be one of {', '.join(METHODS)}")
    try:
        METHODS[name].require(natural)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    return METHODS[name]
