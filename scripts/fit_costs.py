"""What fits of many curves cost, against lmfit, SciPy and optimistix on the same curves, and how many end at the best minimum."""

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from measuring import Statistics, interleaved, spread, with_ratios
from scipy.optimize import least_squares

import hanle_sim
from hanle_sim.configuration import build, check
from hanle_sim.constants import hbar, mu_B
from hanle_sim.fitting.batch import _of_device
from hanle_sim.fitting.shapes import device_curve

_FIELDS = np.linspace(-40e-3, 40e-3, 201)
_NOISE = 5e-3  # of the peak to peak
_LORENZ, _T_0, _S, _P_G, _TAU_Q, _R_TUN, _R_S, _ALPHA, _I = 2.45e-8, 300.0, 110e-6, 0.5, 0.25e-9, 2.5e-4, 25e-12, 2.0, 100.0
_LUMPED: dict[str, Any] = {
    "junction": {"P_G": _P_G, "P_L": 0.5, "S": _S, "R_tun": _R_TUN},
    "nonmagnet": {"model": "lumped", "r_s": _R_S, "tau_s": "1 ns", "tau_Q": _TAU_Q, "T_0": _T_0, "alpha": _ALPHA},
    "drive": {"I": _I},
    "fit": {"free": {"tau_s": {}, "P_L": {}}, "scale": True, "offset": True, "field_offset": True},
}
_LATERAL: dict[str, Any] = {
    "junction": {"P_G": 0.1, "R_tun": "50 kohm um^2", "contact_area": "1 um^2"},
    "nonmagnet": {
        "model": "lateral", "tau_s": "200 ps", "D": "0.01 m^2/s", "R_sq": "1.5 kohm", "channel_width": "1.8 um", "distance": "3.2 um",
    },
    "drive": {"I": "1 uA"},
    "fit": {"free": {"tau_s": {}, "D": {}, "P_G": {}}, "offset": True, "field_offset": True},
}  # fmt: skip


def _lumped_curve(B: Any, *at: Any) -> Any:
    """ΔV_Hanle [V] of a lumped device by complex two by two matrices, as one writes it for lmfit: back-flow and bias and all."""
    tau_s, P_L, scale, offset, field_offset = at
    G, L = 1 / _R_TUN, -_S / _R_TUN
    omega = 2 * mu_B / hbar * (B - field_offset)
    a, d = (1 + 1j * omega * tau_s) / _R_S + G, (1 + 1j * omega * _TAU_Q) * _LORENZ * _T_0 * _ALPHA / _R_S + _LORENZ * _T_0 * G
    b, c = -L, -L * _T_0
    J_s, J_Q = _P_G * G, -P_L * L * _T_0
    q = ((_P_G * (d * J_s - b * J_Q) + P_L * _S * (a * J_Q - c * J_s)) / (a * d - b * c)).real
    return scale * _R_TUN * _I * q / (1 - q) + offset


def _drawn(curves: int, centre: np.ndarray) -> tuple[np.ndarray, np.random.Generator]:
    """Parameters: the first up and down by a factor of two, the others by 30 %; a field offset of 1 mT."""
    rng = np.random.default_rng(0)
    factors = np.exp(rng.uniform(-1, 1, (curves, 3)) * [0.7, 0.3, 0.3])
    return np.concatenate([centre * factors, rng.normal(size=(curves, 1)) * 1e-3], 1), rng


def _ssr(y: np.ndarray, tables: dict[str, Any]) -> np.ndarray:
    """Σ r² of every curve by the package [V²]."""
    data = xr.Dataset({"y": (("curve", "B"), y, {"units": "V"})}, {"B": ("B", _FIELDS, {"units": "T"})})
    return hanle_sim.fit(data, tables).ssr.to_numpy()


def _warm(function: Callable[[], Any], share: float) -> Callable[[], float]:
    """The time that all curves would take, of a function that fits a share of them [s]."""

    def job() -> float:
        start = time.perf_counter()
        function()
        return (time.perf_counter() - start) / share

    return job


def _missed(ssr: np.ndarray, best: np.ndarray) -> float:
    """The share of curves whose χ² is not within 1e-8 of the best known."""
    return float(np.mean(~(ssr <= best * (1 + 1e-8))))


def lumped(curves: int, repeats: int) -> dict[str, Statistics]:
    """Fits of a lumped device's curves with five free parameters, τ_s, P_L, a scale, an offset and a field offset: all curves in one call,
    with errors and diagnostics, against lmfit with the closed form in NumPy and bounds, and optimistix's Levenberg-Marquardt one curve at a
    time under `lax.map`. "error" is the share of curves whose χ² is not within 1e-8 of the best known.
    """
    truth, rng = _drawn(curves, np.array([1e-9, 0.5, 1.0]))
    y = np.array([_lumped_curve(_FIELDS, *row[:3], 0.0, row[3]) for row in truth])
    y += np.ptp(y, 1)[:, None] * (0.1 + _NOISE * rng.normal(size=y.shape))
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["ours"] = _ssr(y, _LUMPED)

    start = time.perf_counter()
    _of_device.cache_clear()
    ours()
    first = spread([time.perf_counter() - start])
    scale = np.array([1e-9, 1.0, 1.0, 1e-9, 1e-3])  # ns, nV and mT, in which least squares without scaling do well

    def best(k: int) -> float:
        at, tight = np.insert(truth[k], 3, 0.0) / scale, {"xtol": 1e-13, "ftol": 1e-13, "gtol": 1e-13}
        return float(2e-18 * least_squares(lambda at: (_lumped_curve(_FIELDS, *at * scale) - y[k]) * 1e9, at, method="lm", **tight).cost)

    from_truth = np.array([best(k) for k in range(curves)])
    jobs: dict[str, Callable[[], float]] = {"hanle_sim": _warm(ours, 1.0)}
    some = min(curves, 40)
    if importlib.util.find_spec("lmfit") is not None:
        import lmfit

        def in_nanovolts(B: Any, tau_s: Any, P_L: Any, factor: Any, offset: Any, B_0: Any) -> Any:
            return 1e9 * _lumped_curve(B, tau_s * 1e-9, P_L, factor, offset * 1e-9, B_0 * 1e-3)

        model = lmfit.Model(in_nanovolts)
        free = {"tau_s": {"value": 1.0, "min": 0}, "P_L": {"value": 0.5}, "factor": {"value": 1.0}, "offset": {"value": 0.0}}
        free["B_0"] = {"value": 0.0, "min": -40.0, "max": 40.0}

        def by_lmfit() -> None:
            parameters = model.make_params(**free)
            found["lmfit"] = np.array([model.fit(row * 1e9, parameters, B=_FIELDS).chisqr * 1e-18 for row in y[:some]])

        jobs["lmfit"] = _warm(by_lmfit, some / curves)
    optimistix = _by_optimistix(y)

    def by_optimistix() -> None:
        found["optimistix"] = optimistix()

    start = time.perf_counter()
    by_optimistix()
    first_of_optimistix = spread([time.perf_counter() - start])
    jobs["optimistix, lax.map"] = _warm(by_optimistix, 1.0)
    rows = with_ratios(interleaved(jobs, repeats), "hanle_sim")
    least = np.minimum(from_truth, np.minimum(found["ours"], found["optimistix"]))
    for name, key in (("hanle_sim", "ours"), ("lmfit", "lmfit"), ("optimistix, lax.map", "optimistix")):
        if name in rows:
            rows[name]["error"] = _missed(found[key], least[: found[key].size])
    compiled = with_ratios(
        {"hanle_sim": rows["hanle_sim"], "first call": first, "first call, optimistix": first_of_optimistix}, "hanle_sim"
    )
    return rows | {name: row for name, row in compiled.items() if name != "hanle_sim"}


def _by_optimistix(y: np.ndarray) -> Callable[[], np.ndarray]:
    """Σ r² of every curve by optimistix: the same curve and parameters in dimensionless form, the offset among them."""
    import optimistix

    from hanle_sim.model import rational
    from hanle_sim.physics import NaturalUnits

    paths = ("nonmagnet.tau_s", "junction.P_L")
    tables = {key: table for key, table in _LUMPED.items() if key != "fit"}
    model, _ = device_curve(check(tables | {"name": "x", "field": {"start": 0, "stop": 1e-3, "points": 2}}), paths, 2)
    B, unit = jnp.asarray(_FIELDS), 40e-3
    solver: Any = optimistix.LevenbergMarquardt(rtol=1e-9, atol=1e-9)

    def residual(z: Any, y: Any) -> Any:
        setup = model.built(jnp.stack([1e-9 * jnp.exp(z[0]), 0.5 * z[1]]), paths)
        numbers = rational.coefficients(NaturalUnits.of(setup.device, setup.field.along(np.zeros(1))), unit)
        return (z[2] * rational.value(numbers, (B / unit - z[4]) ** 2) - y) / jnp.std(y) + z[3]

    def one(y: Any) -> Any:
        solved: Any = optimistix.least_squares(residual, solver, jnp.array([0.0, 1.0, 1.0, 0.0, 0.0]), y, max_steps=200, throw=False)
        return jnp.sum(residual(solved.value, y) ** 2) * jnp.var(y)

    mapped = jax.jit(lambda y: jax.lax.map(one, y))
    return lambda: np.asarray(mapped(y))


def lateral(curves: int, repeats: int) -> dict[str, Statistics]:
    """Fits of a lateral device's curves with five free parameters, τ_s, D, P_G, an offset and a field offset: all in one call against
    SciPy's `least_squares` with bounds and finite differences on the same device's compiled curve. "error" is as above.
    """
    paths = ("nonmagnet.tau_s", "nonmagnet.D", "junction.P_G")
    tables = {key: table for key, table in _LATERAL.items() if key != "fit"}
    configuration = check(tables | {"name": "x", "field": {"start": 0, "stop": 1e-3, "points": 2}})
    build(configuration)
    centre = np.array([200e-12, 0.01, 0.1])
    truth, rng = _drawn(curves, centre)
    _, traced = device_curve(configuration, paths, 3)
    compiled = jax.jit(traced)
    B = jnp.asarray(_FIELDS)
    y = np.array([compiled(row, B) for row in truth])
    y += np.ptp(y, 1)[:, None] * (0.1 + _NOISE * rng.normal(size=y.shape))
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["ours"] = _ssr(y, _LATERAL)

    start = time.perf_counter()
    _of_device.cache_clear()
    ours()
    first = spread([time.perf_counter() - start])
    some, scale = min(curves, 20), np.append(centre, 1e-3)

    def solved(k: int, begun: np.ndarray, tolerance: float) -> float:
        size = np.std(y[k])

        def residual(at: np.ndarray) -> np.ndarray:
            return np.asarray(compiled(jnp.asarray(at[:4] * scale), B)) / size + at[4] - y[k] / size

        bounds = [0, 0, -10, -40, -np.inf], [np.inf, np.inf, 10, 40, np.inf]
        tight = {"xtol": tolerance, "ftol": tolerance, "gtol": tolerance}
        return float(2 * least_squares(residual, begun, x_scale="jac", bounds=bounds, **tight).cost) * size**2

    def by_scipy() -> None:
        found["SciPy"] = np.array([solved(k, np.array([1.0, 1.0, 1.0, 0.0, 0.0]), 1e-8) for k in range(some)])

    best = np.array([solved(k, np.append(truth[k] / scale, 0.0), 1e-13) for k in range(some)])
    rows = with_ratios(
        interleaved({"hanle_sim": _warm(ours, 1.0), "SciPy, finite differences": _warm(by_scipy, some / curves)}, repeats), "hanle_sim"
    )
    least = np.minimum(best, np.minimum(found["ours"][:some], found["SciPy"]))
    rows["hanle_sim"]["error"] = _missed(found["ours"][:some], least)
    rows["SciPy, finite differences"]["error"] = _missed(found["SciPy"], least)
    return rows | {"first call": with_ratios({"hanle_sim": rows["hanle_sim"], "first call": first}, "hanle_sim")["first call"]}
