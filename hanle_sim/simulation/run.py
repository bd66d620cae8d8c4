"""A simulation: from a configuration to a Hanle curve, checked by a solution that shares no formula with it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..configuration import DEFAULT_PRESET, Configuration, ConfigurationError, Settings, Setup, Source, build, read
from ..configuration import check as checked_configuration
from ..curve import HanleCurve
from ..observables.half_width import HALF, widths_or_nan
from ..observables.two_lorentzians import two_lorentzians
from ..runtime import Progress, double_precision
from ..solvers import METHODS, AbstractMethod, MethodName, Problem
from ..solvers.closed import modes
from ..text import toml_of
from .checks import Way, agreement_of, resolution, sum_of_modes
from .limits import require_finite, require_memory
from .problem import problem_of
from .solution import by_linear_system, check_of, checked_index, checking, solve
from .summary import Findings, summary_of
from .validity import size_of_terms


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
    problem = problem_of(setup)
    B = np.asarray(setup.field.B)
    report = progress or (lambda what, done, total: None)
    exact = problem.exact
    chosen = exact if method is None else _required(problem, method)
    with ThreadPoolExecutor(1) as second_core, double_precision():
        # Most of a short run is compiling, which leaves the interpreter free: the check compiles beside everything else.
        how = check_of(problem, chosen) if check else None
        index = checked_index(how, chosen, B.size)
        pending = None if how is None else second_core.submit(checking(problem, how, index), report)
        if how is chosen and pending is not None:
            solved, error = pending.result()[0], 0.0
        else:
            solved, error = solve(problem, chosen, report)
        reference = solved if chosen is exact or not check else solve(problem, exact, report)[0]
        at_zero, curve = solved.part(slice(0, 1)), solved.part(slice(1, None))
        analysis = modes.analyse(problem.natural, problem.admittance) if "modes" in problem.covering else None
        widths, limit = widths_or_nan(problem)
        by_linear = by_linear_system(problem) if check else None
        if meanwhile is not None:
            meanwhile()
        numerical, its_error = (None, 0.0) if pending is None else pending.result()
        checked = None if numerical is None else numerical.part(slice(1, None))
        remarks = resolution(problem) if not exact.is_exact and chosen is exact and setup.field.stray is None else []
    require_finite(curve, at_zero)
    ways, against = {}, reference.part(slice(1, None))
    if by_linear is not None and exact is not METHODS["linear"]:
        ways["linear"] = Way(by_linear[0].Delta_V_Hanle, by_linear[1], 0.0)
    if analysis is not None:
        ways["modes"] = Way(sum_of_modes(against, analysis.dressed), slice(None), 0.0)
    if how is not None and checked is not None:
        ways[how.name] = Way(checked.Delta_V_Hanle, index, its_error)
    peak = float(np.max(np.abs(reference.Delta_V_Hanle)))
    sizes = size_of_terms(problem)
    agreement, doubts = agreement_of(against, peak, sum(sizes), ways)
    lorentzians = None if setup.device.is_nonlocal else two_lorentzians(setup, float(np.ravel(at_zero.I)[0]))
    findings = Findings(
        method=chosen.name,
        at_zero=at_zero,
        analysis=analysis,
        hwhm=widths[HALF],
        limit=limit,
        sizes=sizes,
        agreement=agreement if check else None,
        remarks=remarks + (doubts if check else []),
        checked=index.size if how is not None else B.size,
        stray_error=error if setup.field.stray is not None else None,
        lorentzians=lorentzians,
    )
    curves = None if lorentzians is None else lorentzians.curves[0] + lorentzians.curves[1]
    return Simulation(
        configuration, setup, written, chosen, curve, checked, index, how, curves, summary_of(configuration, problem, findings)
    )


def _required(problem: Problem, name: str) -> AbstractMethod:
    """A method by name. Raises ConfigurationError for one that does not cover the device, or that there is not."""
    if not isinstance(name, str) or name not in METHODS:
        raise ConfigurationError(f"method = {toml_of(name)}: must be one of {', '.join(METHODS)}")
    if name not in problem.covering:
        raise ConfigurationError(METHODS[name].why_not(problem.natural) or "")
    return METHODS[name]
