"""A simulation: from a configuration to a Hanle curve, checked by an integration of the Bloch equations."""

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from . import seed
from ._version import __version__
from .configuration import DEFAULT_PRESET, Configuration, ConfigurationError, Setup, Source, build, check, read
from .curve import HanleCurve
from .device import NaturalUnits
from .field import Field
from .linewidth import apparent_tau, half_width
from .solvers import Method, integrate, linear, modes, steady_state
from .validity import warnings_for

#: Sweeps are solved in pieces of this many fields, and integrated at no more than so many.
CHUNK, INTEGRATION_CHUNK, MAX_INTEGRATED = 2**20, 512, 10_000
#: Memory that a run takes for each field of its sweep, measured.
BYTES_PER_FIELD = 500
#: Accuracy asked of the integration, relative to the peak.
RTOL = 1e-10

#: Called with what is done, how much of it, and out of how much.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Simulation:
    """A finished run.

    Attributes:
        configuration, setup: what was solved.
        written: the configuration as written, with its settings applied.
        method: the method of `curve`.
        curve: the steady state over the sweep, on NumPy arrays.
        integrated: the same by integration, at `integrated_index` of the sweep.
        integrated_index: indices into the sweep, [integrated points].
        two_lorentzians: Eq. (14)'s amplitudes on Lorentzians of widths τ_s and τ_Q [V], [points].
        analysis: bare and dressed modes.
        summary: what `summary.json` holds.
    """

    configuration: Configuration
    setup: Setup
    written: dict[str, Any]
    method: Method
    curve: HanleCurve
    integrated: HanleCurve
    integrated_index: np.ndarray
    two_lorentzians: np.ndarray
    analysis: modes.ModeAnalysis
    summary: dict[str, Any]


def run_simulation(
    config: Source = DEFAULT_PRESET,
    *,
    settings: Iterable[str] = (),
    method: Method = "closed",
    progress: Progress | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Simulation:
    """Solve a configuration.

    Arguments:
        config: a path, a preset's name, or a dict.
        settings: changes to it, each "KEY=VALUE".
        method: the method of the curve; the Bloch equations are integrated as well.
        progress: called now and then with what is being done, how much is done, and of how much.
        meanwhile: called while this thread waits for the integration.

    Raises:
        ConfigurationError: a configuration that can't be used.
    """
    written = read(config, settings)
    configuration = check(written)
    setup = build(configuration)
    _require_range(setup)
    _require_memory(np.asarray(setup.field.B).size)
    report = progress or (lambda what, done, total: None)
    B = np.asarray(setup.field.B)
    with ThreadPoolExecutor(1) as second_core, _double_precision():
        # Most of a short run is compiling, which leaves the interpreter free: the integration compiles beside everything else.
        integrated_size = B.size if method == "integrate" else min(B.size, MAX_INTEGRATED)
        index = np.unique(np.linspace(0, B.size - 1, integrated_size).astype(int))
        integration = second_core.submit(_integration(setup, B[index]), report)
        solved = integration.result() if method == "integrate" else _solve(setup, method, report)
        exact = solved if method == "closed" else _solve(setup, "closed", report)
        at_zero, curve = _part(solved, slice(0, 1)), _part(solved, slice(1, None))
        analysis = modes.analyse(NaturalUnits.of(setup.device, setup.drive, setup.field))
        hwhm = float(half_width(setup.device, setup.drive, setup.field))
        by_linear = _by_linear(setup, curve)
        if meanwhile is not None:
            meanwhile()
        integrated = _part(integration.result(), slice(1, None))
    _require_finite(curve, at_zero)
    agreement = _agreement(exact, integrated, index, analysis, by_linear)
    two_lorentzians = _two_lorentzians(setup, at_zero)
    summary = _summary(configuration, setup, curve, at_zero, integrated, index, analysis, hwhm, agreement, two_lorentzians, method)
    return Simulation(
        configuration,
        setup,
        written,
        method,
        curve,
        integrated,
        index,
        two_lorentzians.curves[0] + two_lorentzians.curves[1],
        analysis,
        summary,
    )


@contextmanager
def _double_precision() -> Iterator[None]:
    """Double precision in this thread alone; extreme numbers may overflow without a word, and are checked for at the end."""
    with jax.enable_x64(True), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        yield


def _natural(setup: Setup, B: np.ndarray) -> NaturalUnits:
    return NaturalUnits.of(setup.device, setup.drive, Field(B, setup.field.direction))


def _part(curve: HanleCurve, index: Any) -> HanleCurve:
    field = Field(np.asarray(curve.field.B)[index], curve.field.direction)
    return HanleCurve(curve.device, curve.drive, field, curve.u[index], curve.T[index])


def _with_zero(B: np.ndarray) -> np.ndarray:
    """The sweep with B = 0 before it, so that one call solves both."""
    return np.concatenate([np.zeros(1), B])


def _on_fields(setup: Setup, B: np.ndarray, size: int, solver: Callable[[NaturalUnits], Any], report: Callable[[int], None]) -> HanleCurve:
    """The curve at given fields, solved in pieces of one size so that one compilation serves them all."""
    u, T = np.empty((B.size, 3)), np.empty((B.size, 3))
    for start in range(0, B.size, size):
        piece = slice(start, min(start + size, B.size))
        natural = _natural(setup, np.concatenate([B[piece], np.zeros(size - (piece.stop - start))]))
        y = np.asarray(solver(natural))[: piece.stop - start]
        u[piece], T[piece] = y[:, 0], y[:, 1] / natural.kelvin
        report(piece.stop)
    return HanleCurve(setup.device, setup.drive, Field(B, setup.field.direction), u, T)


def _solve(setup: Setup, method: Method, report: Progress) -> HanleCurve:
    """B = 0 and the sweep by `method`."""
    B = _with_zero(np.asarray(setup.field.B))
    return _on_fields(
        setup, B, min(CHUNK, B.size), lambda natural: steady_state(natural, method), lambda done: report("steady state", done, B.size)
    )


def _integration(setup: Setup, fields: np.ndarray) -> Callable[[Progress], HanleCurve]:
    """B = 0 and the given fields by integration: traced here, compiled and run by the function returned."""
    B = _with_zero(fields)
    size = min(INTEGRATION_CHUNK, B.size)
    # The strongest field is among those traced for, since it decides on the integrator.
    strongest = B[np.argsort(-np.abs(B), kind="stable")[:size]]
    compiled = integrate.steady_state_ahead(_natural(setup, strongest), rtol=RTOL, adjoint="forward")

    def run(report: Progress) -> HanleCurve:
        with _double_precision():
            return _on_fields(setup, B, size, compiled(), lambda done: report("Bloch equations", done, B.size))

    return run


def _by_linear(setup: Setup, curve: HanleCurve) -> tuple[HanleCurve, np.ndarray]:
    """The 6×6 steady state at a few fields of the sweep, and their indices. NumPy solves: a few fields aren't worth compiling for."""
    size = np.asarray(curve.field.B).size
    few = np.unique(np.linspace(0, size - 1, min(size, 101)).astype(int))
    field = _part(curve, few).field
    natural = NaturalUnits.of(setup.device, setup.drive, field)
    y = np.linalg.solve(*linear.balanced(natural)).reshape(-1, 2, 3)
    return HanleCurve.from_natural(natural, y, device=setup.device, drive=setup.drive, field=field), few


def _agreement(
    exact: HanleCurve,
    integrated: HanleCurve,
    index: np.ndarray,
    analysis: modes.ModeAnalysis,
    by_linear: tuple[HanleCurve, np.ndarray],
) -> dict[str, float | None]:
    """Largest difference of each other way from the closed form over the sweep, relative to the peak; `exact` begins with B = 0."""
    peak = float(np.max(np.abs(exact.Delta_V_Hanle)))
    if peak == 0:
        return {"linear": None, "modes": None, "integrate": None}
    curve = _part(exact, slice(1, None))
    signal = curve.Delta_V_Hanle

    def difference(other: np.ndarray, at: Any) -> float:
        return float(np.max(np.abs(other - signal[at]))) / peak

    omega = curve.field.larmor_frequency(curve.device.nonmagnet.g)
    dressed = analysis.dressed
    by_modes = dressed.constant + sum(w / (1 + (omega * tau) ** 2) for w, tau in zip(dressed.weight, dressed.tau, strict=True))
    return {
        "linear": difference(by_linear[0].Delta_V_Hanle, by_linear[1]),
        "modes": difference(by_modes, slice(None)),
        "integrate": difference(integrated.Delta_V_Hanle, index),
    }


def _require_memory(fields: int) -> None:
    """Raise ConfigurationError for a sweep that this machine's memory can't hold, before it is too late for a message."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return  # not every system tells
    if fields * BYTES_PER_FIELD > memory:
        raise ConfigurationError(
            f"field: {fields} fields need about {fields * BYTES_PER_FIELD / 1e9:.3g} GB of memory, and this machine has "
            f"{memory / 1e9:.3g} GB: ask for fewer"
        )


_OUT_OF_RANGE = "the numbers leave the range of double precision: bring the parameters closer to 1 in SI"


def _require_range(setup: Setup) -> None:
    """Raise ConfigurationError for a device whose natural units overflow or underflow."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            numbers = jax.tree.leaves(NaturalUnits.of(setup.device, setup.drive, setup.field))
    except (ValueError, ArithmeticError):
        raise ConfigurationError(_OUT_OF_RANGE) from None
    if not all(np.all(np.isfinite(number)) for number in numbers):
        raise ConfigurationError(_OUT_OF_RANGE)


def _require_finite(*curves: HanleCurve) -> None:
    for curve in curves:
        if not (np.all(np.isfinite(curve.u)) and np.all(np.isfinite(curve.T))):
            raise ConfigurationError(_OUT_OF_RANGE)


@dataclass(frozen=True)
class _TwoLorentzians:
    """Eq. (14): the two amplitudes [V] and the two curves they imply [V], [points]."""

    amplitudes: tuple[float, float]
    curves: tuple[np.ndarray, np.ndarray]


def _two_lorentzians(setup: Setup, at_zero: HanleCurve) -> _TwoLorentzians:
    junction, nonmagnet = setup.device.junction, setup.device.nonmagnet
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
    current = float(np.asarray(at_zero.I)[0])
    amplitudes = float(per_current[0] * current), float(per_current[1] * current)
    curves = seed.two_lorentzians(
        amplitude_s=amplitudes[0],
        amplitude_Q=amplitudes[1],
        tau_s=nonmagnet.tau_s,
        tau_Q=nonmagnet.tau_Q,
        omega_L=setup.field.larmor_frequency(nonmagnet.g),
        theta_cosine=float(setup.device.magnetisation @ setup.field.direction),
    )
    return _TwoLorentzians(amplitudes, curves)


def _summary(
    configuration: Configuration,
    setup: Setup,
    curve: HanleCurve,
    at_zero: HanleCurve,
    integrated: HanleCurve,
    index: np.ndarray,
    analysis: modes.ModeAnalysis,
    hwhm: float,
    agreement: dict[str, float | None],
    two_lorentzians: _TwoLorentzians,
    method: Method,
) -> dict[str, Any]:
    device, junction, nonmagnet = setup.device, setup.device.junction, setup.device.nonmagnet
    area = configuration.junction.contact_area
    warnings = warnings_for(at_zero)
    for way, difference in agreement.items():
        if difference is not None and not difference <= 1e-6:
            warnings.append(f"the methods disagree: {way} differs from closed by {difference:.1e} of the peak")
    if index.size < np.asarray(setup.field.B).size:
        warnings.append(f"the Bloch equations were integrated at {index.size} of the {np.asarray(setup.field.B).size} fields")

    def listed(group: modes.Modes) -> list[dict[str, float]]:
        return [{"tau_s": float(tau), "weight_V": float(weight)} for tau, weight in zip(group.tau, group.weight, strict=True)]

    signal = float(at_zero.Delta_V_Hanle[0])
    has_signal = signal != 0 and math.isfinite(hwhm)
    summary = {
        "name": configuration.name,
        "method": method,
        "Delta_V_0_V": signal,
        "Delta_V_spin_0_V": float(at_zero.Delta_V_spin[0]),
        "Delta_V_heat_0_V": float(at_zero.Delta_V_heat[0]),
        "Delta_V_infinity_V": float(analysis.dressed.constant),
        "Delta_I_0_A_per_m2": -float(junction.G) * signal if not setup.drive.feeds_back else None,
        "V_0_V": float(np.asarray(at_zero.V)[0]),
        "I_0_A_per_m2": float(np.asarray(at_zero.I)[0]),
        "hwhm_T": hwhm if has_signal else None,
        "tau_apparent_s": float(apparent_tau(hwhm, nonmagnet.g)) if has_signal else None,
        "tau_s_s": float(nonmagnet.tau_s),
        "tau_Q_s": float(nonmagnet.tau_Q),
        "Delta_mu_over_e_0_V": float(at_zero.Delta_mu_over_e[0]),
        "Delta_T_s_0_K": float(at_zero.Delta_T_s[0]),
        "eq14_Delta_V_0_V": sum(two_lorentzians.amplitudes),
        "eq14_Delta_V_spin_0_V": two_lorentzians.amplitudes[0],
        "eq14_Delta_V_heat_0_V": two_lorentzians.amplitudes[1],
        "modes": listed(analysis.dressed),
        "bare_modes": listed(analysis.bare),
        "second_law_margin": junction.second_law_margin,
        "alpha": float(device.alpha),
        "r_s_over_R_tun": float(device.mismatch_s),
        "r_Q_kappa_el": float(device.mismatch_Q),
        "R_tun_ohm": float(junction.R_tun) / area.value if area else None,
        "r_s_ohm": float(nonmagnet.r_s) / area.value if area else None,
        "I_0_A": float(np.asarray(at_zero.I)[0]) * area.value if area else None,
        "agreement": agreement,
        "warnings": warnings,
        "hanle_sim": __version__,
    }
    return _without_nan(summary)


def _without_nan(value: Any) -> Any:
    """JSON has no NaN and no infinity: what is neither a number nor meaningful is null."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def summary_json(summary: dict[str, Any]) -> str:
    """The summary as JSON text."""
    return json.dumps(summary, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def half_level(simulation: Simulation) -> float:
    """The signal at half width [V]: midway between its values at B = 0 and as |B| → ∞."""
    return (simulation.summary["Delta_V_0_V"] + (simulation.summary["Delta_V_infinity_V"] or 0.0)) / 2
