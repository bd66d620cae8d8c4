"""What hanle_sim costs, as ratios measured in one run: python scripts/benchmark.py --out DIR.

Several questions, each answered against a yardstick measured beside it, since times alone say little about another machine:
whole processes against `import jax`; the four methods, warm, against a plain jitted sum of two Lorentzians on the same fields; and
their first call, compilation included, against `import jax`; the closed form of every nonmagnet against that of the lumped one; and
derivatives of a curve through plain JAX, to compile and to run, against the curve; and transients at many fields against the general
solver that a user of diffrax would take.
Best, median and largest, and the ratios of medians and of bests; every yardstick once more against itself, which shows the noise; double
precision. Other programs on the same work are in peers.py.
"""

import argparse
import dataclasses
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import peers
import scipy.linalg
import sweep_costs
from measuring import Statistics, against, spread, warm_job, with_ratios

from hanle_sim import METHODS, Field, __version__, hanle_curve
from hanle_sim.configuration import Setup, build, check, read
from hanle_sim.physics.bloch import bloch_equations
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.printed_equations import hanle_amplitudes, two_lorentzians
from hanle_sim.solvers import MethodName, linear
from hanle_sim.solvers.bloch_integration import transient

_PRESET = "fig2"
_SOME, _FEW, _MANY = 301, 401, 100_001
_MILLION = 10**6
_GEOMETRIES = ("lumped", "diffusive", "film", "film-absorbing", "drift", "contact", "lateral")
# Error of a transient, over its peak, up to which the general solver is made tighter.
_EQUAL_ERROR = 1e-8
_YARDSTICK = "two Lorentzians"
_IMPORT = "import jax"


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "JAX_COMPILATION_CACHE_DIR"}  # a cold run has no cache


def _process(command: list[str]) -> float:
    """How long a process takes [s]."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, env=_environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - start


def whole_processes(repeats: int) -> dict[str, Statistics]:
    """`hanle --help` and `hanle simulate`, from cold, against `python -c 'import jax'`."""
    script = shutil.which("hanle", path=str(Path(sys.executable).parent))
    hanle = [script] if script else [sys.executable, "-m", "hanle_sim"]
    commands = {
        _IMPORT: [sys.executable, "-c", "import jax"],
        "hanle --help": [*hanle, "--help"],
        "hanle simulate": [*hanle, "simulate", "--out", "result"],
    }
    for command in commands.values():  # once unmeasured, for the disk's cache and the bytecode
        _process(command)
    return against({name: partial(_process, command) for name, command in commands.items()}, _IMPORT, repeats)


def _setup() -> Setup:
    return build(check(read(_PRESET)))


def _sweep(setup: Setup, points: int) -> Field:
    fields = np.asarray(setup.field.B)
    return Field(np.linspace(fields[0], fields[-1], points), setup.field.direction)


def _yardstick(setup: Setup) -> Callable[[jax.Array], jax.Array]:
    """The paper's curve, Eq. (14)'s amplitudes on two Lorentzians, of the fields [T]."""
    junction, nonmagnet = setup.device.injector.junction, setup.device.nonmagnet
    amplitude_s, amplitude_Q = hanle_amplitudes(
        r_s=nonmagnet.r_s, R_tun=junction.R_tun, P_G=junction.P_G, P_L=junction.P_L, S=junction.S, alpha=setup.device.alpha
    )

    def curve(B: jax.Array) -> jax.Array:
        omega_L = Field(B, setup.field.direction).larmor_frequency(nonmagnet.g)
        spin, heat = two_lorentzians(
            amplitude_s=amplitude_s, amplitude_Q=amplitude_Q, tau_s=nonmagnet.tau_s, tau_Q=nonmagnet.tau_Q, omega_L=omega_L
        )
        return jnp.asarray(spin + heat)

    return jax.jit(curve)


def _jitted(setup: Setup, method: MethodName, points: int) -> Callable[[jax.Array], jax.Array]:
    """ΔV_Hanle by a method, as one compiled function of the fields [T]."""

    def curve(B: jax.Array) -> jax.Array:
        return jnp.asarray(hanle_curve(setup.device, Field(B, setup.field.direction), method).Delta_V_Hanle)

    return jax.jit(curve)


def _called(setup: Setup, method: MethodName, field: Field) -> jax.Array:
    """ΔV_Hanle by a method, as a user calls it."""
    return jnp.asarray(hanle_curve(setup.device, field, method).Delta_V_Hanle)


def warm(points: int, methods: tuple[MethodName, ...], repeats: int) -> dict[str, Statistics]:
    """Time of every method over a sweep, compiled and once run, against the two Lorentzians on the same fields.

    "jitted" is one compiled function of the fields; "called" is `hanle_curve` as a user calls it, with the Python around it.
    """
    setup = _setup()
    field = _sweep(setup, points)
    B = jnp.asarray(field.B)
    jobs = {_YARDSTICK: warm_job(partial(_yardstick(setup), B))}
    for method in methods:
        jobs[f"{method}, jitted"] = warm_job(partial(_jitted(setup, method, points), B))
        jobs[f"{method}, called"] = warm_job(partial(_called, setup, method, field))
    found = against(jobs, _YARDSTICK, repeats)
    return {name: {**times, "median_per_field_s": times["median_s"] / points} for name, times in found.items()}


def _first_call(method: MethodName) -> float:
    """The first call's time in this process, compilation included [s]."""
    setup = _setup()
    field = _sweep(setup, _FEW)
    jnp.zeros(1).block_until_ready()  # the device is awake
    start = time.perf_counter()
    _called(setup, method, field).block_until_ready()
    return time.perf_counter() - start


def _cold_job(method: MethodName) -> float:
    command = [sys.executable, str(Path(__file__).resolve()), "--first-call", method]
    return float(subprocess.run(command, env=_environment(), check=True, capture_output=True, text=True).stdout)


def cold(repeats: int) -> dict[str, Statistics]:
    """Every method's first call in a fresh process, its compilation included, against `python -c 'import jax'`."""
    jobs = {_IMPORT: partial(_process, [sys.executable, "-c", "import jax"])}
    jobs |= {method: partial(_cold_job, method) for method in METHODS if method != "finite_volume"}
    return against(jobs, _IMPORT, repeats)


def geometries(repeats: int) -> dict[str, Statistics]:
    """Time of the closed form of every nonmagnet over the same many fields, compiled and once run, against the lumped one."""
    jobs = {}
    for preset in _GEOMETRIES:
        setup = build(check(read(preset)))
        field = _sweep(setup, _MANY)
        jobs[preset] = warm_job(partial(_jitted(setup, "closed", _MANY), jnp.asarray(field.B)))
    found = against(jobs, _GEOMETRIES[0], repeats)
    return {name: {**times, "median_per_field_s": times["median_s"] / _MANY} for name, times in found.items()}


def derivatives(repeats: int) -> dict[str, Statistics]:
    """jacfwd by six parameters and the gradient of a sum of squares, in every geometry, each against its own curve: compiling (the
    processor's time, once) and running.
    """
    found: dict[str, Statistics] = {}
    for preset in _GEOMETRIES:
        configuration = check(read(preset))
        setup = build(configuration)
        device = setup.device
        area = 1.0 if not device.is_nonlocal else configuration.junction.contact_area.value  # type: ignore[union-attr]
        values = {
            "nonmagnet.tau_s": device.nonmagnet.tau_s,
            "nonmagnet.tau_Q": device.nonmagnet.tau_Q,
            "nonmagnet.g": device.nonmagnet.g,
            "junction.P_G": device.injector.junction.P_G,
            "junction.P_L": device.injector.junction.P_L,
            "junction.R_tun": device.injector.junction.R_tun * area,
        }
        paths, theta = list(values), jnp.array([float(value) for value in values.values()])
        B = jnp.asarray(_sweep(setup, _SOME).B)

        def curve(theta: jax.Array, B: jax.Array, configuration: Any = configuration, paths: list[str] = paths) -> jax.Array:
            at = build(configuration, dict(zip(paths, theta, strict=True)))
            return hanle_curve(at.device, at.field.along(B, slice(None))).Delta_V_Hanle

        def square(theta: jax.Array, B: jax.Array, curve: Any = curve) -> jax.Array:
            return jnp.sum(curve(theta, B) ** 2)

        programs, compiling = {}, {}
        for name, function in (("curve", curve), ("Jacobian by 6", jax.jacfwd(curve)), ("gradient", jax.grad(square))):
            jax.clear_caches()  # type: ignore[no-untyped-call]
            start = time.process_time()
            compiled = jax.jit(function).lower(theta, B).compile()
            compiling[f"{preset}, {name}, compile"] = spread([time.process_time() - start])
            programs[f"{preset}, {name}"] = warm_job(partial(compiled, theta, B))
        found |= with_ratios(compiling, f"{preset}, curve, compile") | against(programs, f"{preset}, curve", repeats)
    return found


def jacobian(repeats: int) -> dict[str, Statistics]:
    """∂ΔV/∂θ of a lumped device at a million fields by all its parameters, into one buffer, against one curve of two Lorentzians.

    Everything from the parameters and the fields to the Jacobian is measured. The ratio of it to the yardstick times the number of
    parameters is in its own row.
    """
    from hanle_sim.model.model import Model

    model, setup = Model(check(read(_PRESET))), _setup()
    B, theta = jnp.asarray(_sweep(setup, _MILLION).B), jnp.asarray(model.values)
    buffer = [jnp.zeros((len(model.parameters), B.size))]

    def fill() -> jax.Array:
        buffer[0] = model.jacobian_into(buffer[0], theta, B)
        return buffer[0]

    plain = jax.jit(_yardstick(setup))
    count = len(model.parameters)
    rows = against({_YARDSTICK: warm_job(partial(plain, B)), f"Jacobian by {count}": warm_job(fill)}, _YARDSTICK, repeats)
    per_parameter = {key: value / count for key, value in rows[f"Jacobian by {count}"].items() if key != "samples"}
    rows["  a parameter"] = per_parameter
    return {name: {**times, "median_per_field_s": times["median_s"] / _MILLION} for name, times in rows.items()}


def _transients(points: int, times: np.ndarray) -> tuple[Callable[..., jax.Array], Callable[..., jax.Array], jax.Array, np.ndarray]:
    """States over their peak at every field and time, [points, times, 6], from rest: by the package's integration, and by a `vmap` of
    Tsit5 (of ω_Lτ and the tolerance); ω_Lτ; and the states as the matrix exponential has them at every 50th field.
    """
    setup = _setup()
    omega = np.linspace(0.0, 100.0, points)
    natural = dataclasses.replace(NaturalUnits.of(setup.device, _sweep(setup, points)), omega=omega)
    A, source = (np.asarray(part) for part in linear.systems(natural))
    A, source = A[::50], np.broadcast_to(source, (points, 6))[::50]
    systems = np.concatenate([np.concatenate([A, source[..., None]], -1), np.zeros((len(A), 1, 7))], 1)
    expected = np.array([[scipy.linalg.expm(system * t)[:6, 6] for t in times] for system in systems])
    peak = np.max(np.abs(expected))

    def ours(omega: jax.Array) -> jax.Array:
        at = dataclasses.replace(natural, omega=omega)
        return transient(at, times, adjoint="forward").reshape(points, times.size, 6) / peak

    def rate(t: Any, y: jax.Array, omega: jax.Array) -> jax.Array:
        return jnp.asarray(bloch_equations(y * peak, natural.device, omega * jnp.asarray(natural.direction))) / peak

    def naive(omega: jax.Array, tolerance: jax.Array) -> jax.Array:
        def solve(omega: jax.Array) -> Any:
            controller = diffrax.PIDController(rtol=tolerance, atol=tolerance)
            return diffrax.diffeqsolve(
                diffrax.ODETerm(rate),
                diffrax.Tsit5(),
                0.0,
                times[-1],
                None,
                jnp.zeros((2, 3)),
                omega,
                saveat=diffrax.SaveAt(ts=jnp.asarray(times)),
                stepsize_controller=controller,
                max_steps=None,
                adjoint=diffrax.ForwardMode(),
            ).ys

        return jax.vmap(solve)(omega).reshape(points, times.size, 6)

    return jax.jit(ours), jax.jit(naive), jnp.asarray(omega), expected / peak


def integration(repeats: int) -> dict[str, Statistics]:
    """Transients from rest over 5 τ_s at ω_Lτ from 0 to 100, with their largest error over the peak at any field and time: the
    exponential at equidistant times and at others, against a `vmap` of diffrax's Tsit5 with steps as tight as that error needs, if
    no tighter than 10⁻⁸. How many times faster they are is the ratio of the others to the first.
    """
    found: dict[str, Statistics] = {}
    for name, times in (("equal steps", np.linspace(0.1, 5.0, 50)), ("geometric", np.geomspace(1e-3, 5.0, 50))):
        ours, naive, omega, expected = _transients(_FEW, times)
        errors = {f"exponential, {name}": float(np.max(np.abs(np.asarray(ours(omega))[::50] - expected)))}
        jobs = {f"exponential, {name}": warm_job(partial(ours, omega))}
        for tolerance in 10.0 ** np.arange(-7.0, -13.0, -1.0):
            error = float(np.max(np.abs(np.asarray(naive(omega, tolerance))[::50] - expected)))
            if error <= _EQUAL_ERROR:
                break
        jobs[f"Tsit5, {name}"] = warm_job(partial(naive, omega, tolerance))
        errors[f"Tsit5, {name}"] = error
        rows = against(jobs, f"exponential, {name}", repeats)
        found |= {key: {**row, "error": errors[key]} if key in errors else row for key, row in rows.items()}
    return {name: {**row, "median_per_field_s": row["median_s"] / _FEW} for name, row in found.items()}


def about() -> dict[str, Any]:
    """What was measured, on what."""
    return {
        "hanle_sim": __version__,
        "jax": jax.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "backend": jax.default_backend(),
        "devices": [device.device_kind for device in jax.devices()],
        "precision": "double",
        "preset": _PRESET,
    }


def sections(processes: int, repeats: int) -> dict[str, Callable[[], dict[str, Statistics]]]:
    """What is measured, by name.

    Arguments:
        processes: repeats of everything that starts a process.
        repeats: repeats of everything else.
    """
    lumped = tuple(method for method in METHODS if method != "finite_volume")
    without_integration = tuple(method for method in lumped if method != "integrate")
    return {
        "processes": partial(whole_processes, processes),
        f"warm, {_FEW} fields": partial(warm, _FEW, lumped, repeats),
        f"warm, {_MANY} fields": partial(warm, _MANY, without_integration, repeats),
        f"geometries, {_MANY} fields": partial(geometries, repeats),
        f"Jacobian, {_MILLION} fields": partial(jacobian, repeats),
        f"derivatives, {_SOME} fields": partial(derivatives, repeats),
        f"transients, {_FEW} fields": partial(integration, repeats),
        "steady states, QuTiP": partial(peers.steady_states, max(5, repeats // 5)),
        "transients, SciPy and dynamiqs": partial(peers.transients, max(3, repeats // 10)),
        "sweeps, lumped": partial(sweep_costs.lumped, repeats),
        "sweeps, lumped, NumPy": partial(sweep_costs.against_numpy, repeats),
        f"signal alone, {_MANY} fields": partial(sweep_costs.signals, repeats),
        "half widths": partial(sweep_costs.half_widths, repeats),
        "stores": partial(sweep_costs.stores, 10**8, 5),
        f"first call, {_FEW} fields": partial(cold, max(3, processes // 5)),
    }


def _readable(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def table(section: str, rows: dict[str, Any]) -> str:
    """A section's results as plain text."""
    lines = [f"{section:36}{'best':>11}{'median':>11}{'max':>11}{'ratio':>11}{'of bests':>11}{'per field':>12}"]
    for name, row in rows.items():
        times = "".join(f"{_readable(row[key]):>11}" for key in ("min_s", "median_s", "max_s"))
        per_field = _readable(row["median_per_field_s"]) if "median_per_field_s" in row else ""
        error = f"  error {row['error']:.1e}" if "error" in row else ""
        lines.append(f"  {name:34}{times}{row['ratio']:>11.3g}{row['ratio_best']:>11.3g}{per_field:>12}{error}".rstrip())
    return "\n".join(lines) + "\n"


def plot(results: dict[str, Any], path: Path) -> None:
    """The ratios of medians, a bar a row, section by section; a thin line from the best's."""
    from matplotlib.figure import Figure

    sections = {name: rows for name, rows in results.items() if name != "about" and rows}
    rows = [(section, name, row) for section, found in sections.items() for name, row in found.items() if not name.endswith("again")]
    figure = Figure(figsize=(8.0, 0.16 * (len(rows) + 2 * len(sections)) + 1.0), layout="constrained")
    axes = figure.subplots()
    y, ticks, labels = 0.0, [], []
    for section in sections:
        y += 1.2
        axes.text(0.005, y, section, transform=axes.get_yaxis_transform(), fontsize=7, fontweight="bold", va="center")
        for _, name, row in (one for one in rows if one[0] == section):
            y += 1.0
            axes.barh(y, row["ratio"], left=0.0, height=0.7, color="#4477aa" if row["ratio"] != 1 else "#bbbbbb")
            axes.plot([row["ratio_best"]], [y], marker="|", color="black", markersize=5)
            ticks.append(y)
            labels.append(name.strip())
    axes.set_yticks(ticks, labels, fontsize=6)
    axes.set_xscale("log")
    axes.set_ylim(y + 1, 0)
    axes.axvline(1.0, color="black", linewidth=0.6)
    facts = results["about"]
    axes.set_xlabel("time over its yardstick's: median (bar) and best (mark)")
    axes.set_title(f"{', '.join(facts['devices'])}, {facts['cpu_cores']} cores, jax {facts['jax']}", fontsize=8)
    figure.savefig(path, dpi=150)


def write(results: dict[str, Any], folder: Path) -> None:
    """benchmark.json and benchmark.png."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    plot(results, folder / "benchmark.png")


def main() -> None:
    """Measure, print tables, and write benchmark.json and benchmark.png if asked to."""
    parser = argparse.ArgumentParser(description="What hanle_sim costs, as ratios measured in one run.")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write benchmark.json and .png; nowhere if left out")
    parser.add_argument("--processes", type=int, default=30, metavar="N", help="repeats of what starts a process (30)")
    parser.add_argument("--repeats", type=int, default=30, metavar="N", help="repeats of the rest (30)")
    parser.add_argument("--only", action="append", metavar="WORDS", help="only sections with these words in their names; may be repeated")
    parser.add_argument("--first-call", choices=METHODS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with jax.enable_x64(True):
        if arguments.first_call:
            print(_first_call(arguments.first_call))
            return
        results: dict[str, Any] = {"about": about()}
        print(
            ", ".join(f"{key} {', '.join(value) if isinstance(value, list) else value}" for key, value in results["about"].items()) + "\n"
        )
        for section, measured in sections(arguments.processes, arguments.repeats).items():
            if any(words in section for words in arguments.only or [section]):
                results[section] = measured()
                print(table(section, results[section]), flush=True)
                if arguments.out is not None:  # after every section, so that nothing is lost when a run dies
                    write(results, arguments.out)


if __name__ == "__main__":
    main()
