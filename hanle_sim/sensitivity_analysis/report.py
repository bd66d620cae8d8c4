"""A sensitivity analysis: how strongly each parameter acts on each part of the curve, and what a measurement of it determines."""

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..configuration import ConfigurationError, Settings, Source, read
from ..configuration import check as checked_configuration
from ..configuration.quantities import parse_quantity, unquoted
from ..configuration.values import plain
from ..model.model import Model
from ..model.parameters import chosen, fitted, parameters_of
from ..runtime import Progress, double_precision
from ..simulation.limits import require_memory
from ..text import shown, toml_of
from .derivative_check import check as check_derivatives
from .identifiability import Identifiability, identifiability
from .jacobian import Sensitivity, derivatives
from .observables import ObservableValue, fitted_fields, observables
from .optimal_design import Design, best_fields
from .sobol import SAMPLES, ranges_of, require_ranges, require_samples, sobol_indices
from .two_channels import Distinguishable, NoiseMap, two_channels_in

#: Memory of a derivative by one parameter at one field, with everything made of it [bytes].
BYTES_PER_DERIVATIVE = 100
#: The most volts or tesla that an option takes.
_MOST = 1e6
#: What a parameter does to the curve, of the curve, that is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Measured:
    """What a measurement with some noise determines.

    Attributes:
        identified: bounds; None without noise.
        combinations: by text, the relative standard error of products of powers, those as which parameters enter and those
            requested; infinite where it is undetermined.
        observables: by name, the standard error of what one reads off the curve, SI; infinite where it is undetermined.
        designs: where to measure, a parameter each that the sweep determines.
        two_channels: whether the sweep distinguishes two channels from one; None where the question has no meaning.
        map: the same over α and the ratio of the channels.
        are_usual: whether the free parameters are those that a fit leaves free unless others are named.
    """

    identified: Identifiability | None = None
    combinations: Mapping[str, float] = field(default_factory=dict)
    observables: Mapping[str, float] = field(default_factory=dict)
    designs: Sequence[Design] = ()
    two_channels: Distinguishable | None = None
    map: NoiseMap | None = None
    are_usual: bool = False


@dataclass(frozen=True)
class Report:
    """Everything that a sensitivity analysis found.

    Attributes:
        written: the configuration as written.
        result: derivatives, exact and Lorentzian.
        checked: how the exact ones were checked, and the largest difference by name; None where they weren't.
        observables: what one reads off the curve, with gradients.
        window: least and largest field of those that a Lorentzian was fitted to by least squares [T]; None where none was.
        second: by name, ∂²ΔV/∂θ_i∂name [V per SI units], [points, parameters].
        sobol: Sobol indices by observable and parameter; empty where none were requested.
        measured: what a measurement determines; empty without noise.
    """

    written: dict[str, Any]
    result: Sensitivity
    checked: tuple[str, dict[str, float]] | None
    observables: list[ObservableValue]
    window: tuple[float, float] | None
    second: dict[str, np.ndarray]
    sobol: dict[str, Any]
    measured: Measured

    def __repr__(self) -> str:
        found = [f"{len(self.result.parameters)} derivatives at {self.result.B.size} fields in result.exact.jacobian"]
        found.append("what one reads off in observables")
        found += [f"second derivatives by {', '.join(self.second)} in second"] if self.second else []
        found += ["Sobol indices in sobol"] if self.sobol else []
        identified = self.measured.identified
        found += [] if identified is None else [f"bounds at {identified.noise:.4g} V in measured.identified.crlb"]
        return f"<Report of {self.result.model.configuration.name!r}: {'; '.join(found)}>"


def sensitivity(
    config: Source,
    *,
    settings: Settings = (),
    noise: Any = None,
    free: Iterable[str] = (),
    combinations: Iterable[str] = (),
    window: Any = None,
    second_order: Iterable[str] = (),
    sobol: Iterable[str] = (),
    samples: int | None = None,
    check: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Sensitivities of a configuration's curve and, with noise, what a measurement of it determines.

    Arguments:
        config: a path, a preset's name, or a dict.
        settings: changes to it: "KEY=VALUE", several of these, or a dict of values by key.
        noise: standard deviation of every point, in V, or with a unit as text or as a quantity of pint.
        free: names of the parameters that a fit leaves free, or these with commas between; if left out P_G, P_L, tau_s, tau_Q, and D
            or lambda_s but for a bulk, as far as they act on the curve and are not zero.
        combinations: products of powers of free parameters to bound, such as "P_G^2 r_s".
        window: the largest |B| that a Lorentzian is fitted to by least squares, in T or with a unit likewise; the whole sweep if left out.
        second_order: names by which the derivatives are differentiated once more.
        sobol: ranges NAME=LOW:HIGH of a global sensitivity analysis.
        samples: its base samples, a power of two; 512 unless given.
        check: whether to compare the derivatives with those of an independent solution, which takes most of the time.
        progress: called now and then.

    Raises:
        ConfigurationError: a configuration, a name, a range or a noise that can't be used.

    Example:
        >>> from hanle_sim import sensitivity
        >>> report = sensitivity("fig2", settings={"points": 3}, check=False)
        >>> report
        <Report of 'fig2': 15 derivatives at 3 fields in result.exact.jacobian; what one reads off in observables>
        >>> names = [parameter.name for parameter in report.result.parameters]
        >>> dV_dI = report.result.exact.jacobian[1, names.index("I")]
        >>> f"{100 * dV_dI:.4g} V"  # times I = 100 A/m²: the curve at B = 0 itself, which is proportional to I
        '9.375e-10 V'
    """
    report = progress or (lambda what, done, total: None)
    free, second_order = _texts("free", free, ","), _texts("second_order", second_order, ",")
    combinations, sobol = _texts("combinations", combinations), _texts("sobol", sobol)
    written = read(config, settings)
    configuration = checked_configuration(written)
    sigma = None if noise is None else _positive("noise", noise, "V")
    widest = math.inf if window is None else _positive("window", window, "T")
    for option, given in (("free", free), ("combination", combinations)):
        if sigma is None and given:
            raise ConfigurationError(f'{option}: needs a noise, the standard deviation of a point, such as "1 uV"')
    if samples is not None:
        require_samples(samples)
        if not sobol:
            raise ConfigurationError("samples: needs sobol, a range for each of two parameters or more")
    require_memory(configuration, BYTES_PER_DERIVATIVE * len(parameters_of(configuration)))
    model = Model(configuration)
    indices = chosen(model.parameters, free, "free")
    for text in combinations:  # before anything is computed; those without any that are free once it is known what acts
        _powers(text, [model.parameters[k].name for k in indices or range(len(model.parameters))])
    if window is not None and not fitted_fields(model.setup, widest).size:
        raise ConfigurationError(
            f"window = {toml_of(plain(window))}: no Lorentzian fits so few fields: it must hold four |B| of one direction"
        )
    by = chosen(model.parameters, second_order, "second_order")
    ranges = ranges_of(model.parameters, sobol)
    if ranges:
        require_ranges(model, ranges, samples or SAMPLES)
    report("derivatives", 0, model.points)
    result = derivatives(configuration, report)
    report("derivatives", model.points, model.points)
    model, exact, seconds = result.model, result.exact, {}
    # The check compiles for seconds, which leaves the interpreter free.
    with ThreadPoolExecutor(1) as second_core:
        pending = second_core.submit(check_derivatives, model, exact.jacobian, report) if check else None
        with double_precision():
            for k in by:
                seconds[model.parameters[k].name] = model.second_order(np.eye(len(model.parameters))[k], report)
        found = sobol_indices(model, ranges, samples or SAMPLES, report, widest) if ranges else {}
        report("what one reads off", 0, 1)
        read_off = observables(model, exact, widest)
        report("what one reads off", 1, 1)
        measured = Measured() if sigma is None else _measured(result, read_off, sigma, indices, combinations, report)
        checked = None if pending is None else pending.result()
    fitted = result.B[fitted_fields(model.setup, widest)]
    return Report(
        written=written,
        result=result,
        checked=checked,
        observables=read_off,
        window=(float(np.min(fitted)), float(np.max(fitted))) if fitted.size else None,
        second=seconds,
        sobol=found,
        measured=measured,
    )


def _measured(
    result: Sensitivity, read_off: Sequence[ObservableValue], noise: float, free: list[int], combinations: Sequence[str], report: Progress
) -> Measured:
    """What a measurement with noise determines of the free parameters: unless chosen, those a fit frees that act and are not zero."""
    model, jacobian = result.model, result.exact.jacobian
    largest = np.max(np.abs(jacobian), axis=0) * np.abs(model.scales)
    acting = np.flatnonzero((largest > 1e-9 * np.max(largest)) & (model.values != 0)).tolist()
    usual = [k for k in fitted(model.configuration, model.parameters) if k in acting]
    indices = free or usual or acting or list(range(len(model.parameters)))
    parameters, columns = [model.parameters[k] for k in indices], jacobian[:, indices]
    rounding = _ROUNDING * float(np.linalg.norm(result.exact.signal))
    identified = identifiability(columns, parameters, noise, model, are_chosen=bool(free), rounding=rounding)
    names = [parameter.name for parameter in parameters]
    bounds = identified.products | {text: identified.bound(_powers(text, names)) for text in combinations}
    errors = {one.name: identified.bound_of_reading(one.gradient[indices]) for one in read_off}
    designs = [best_fields(columns, result.B, identified, k) for k in range(len(parameters) if free else 0)]
    two_channels, chart = two_channels_in(result, noise, report)
    return Measured(identified, bounds, errors, [one for one in designs if one], two_channels, chart, are_usual=not free)


def _texts(name: str, given: Any, separator: str | None = None) -> list[str]:
    """Texts one by one, whether several of them were given or one, with separators between if it may have them."""
    if isinstance(given, str):
        return [given] if separator is None else given.split(separator)
    found = list(given) if isinstance(given, Iterable) else [given]
    wrong = [one for one in found if not isinstance(one, str)]
    if wrong:
        raise ConfigurationError(f"{name} = {toml_of(wrong[0])}: must be a string, or a list of strings")
    return found


def _positive(name: str, given: Any, unit: str) -> float:
    """A positive quantity; a command line's bare number is text."""
    given = plain(given)
    try:
        number = parse_quantity(unquoted(given), unit)[0]
    except ValueError as error:
        raise ConfigurationError(f"{name} = {toml_of(given)}: {error}") from None
    if not 0 < number <= _MOST:
        raise ConfigurationError(f"{name} = {toml_of(given)}: must be positive and at most {_MOST:g} {unit}")
    return number


def _powers(text: str, names: Sequence[str]) -> dict[str, float]:
    """Powers of a product such as "P_G^2 r_s" of free parameters."""
    powers: dict[str, float] = {}
    for factor in text.replace("*", " ").split():
        name, caret, exponent = factor.partition("^")
        try:
            power = float(exponent) if caret else 1.0
        except ValueError:
            power = math.nan
        if not math.isfinite(power):
            raise ConfigurationError(f'combination {shown(text)}: must be a product of powers, such as "P_G^2 r_s"')
        if name not in names:
            raise ConfigurationError(f"combination {shown(text)}: {shown(name)} is not free: free are {', '.join(names)}")
        powers[name] = powers.get(name, 0.0) + power
    if not any(powers.values()):
        raise ConfigurationError(f'combination {toml_of(text)}: must be a product of powers, such as "P_G^2 r_s"')
    return powers
