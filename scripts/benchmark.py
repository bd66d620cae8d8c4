"""What hanle_sim costs, as ratios measured in one run: python scripts/benchmark.py --out DIR.

Several questions, each answered against a yardstick measured beside it, since times alone say little about another machine:
whole processes against `import jax`; the four methods, warm, against a plain jitted sum of two Lorentzians on the same fields; and
their first call, compilation included, against `import jax`; the closed form of every nonmagnet against that of the lumped one; and
derivatives of a curve through plain JAX, to compile and to run, against the curve; and transients at many fields against the general
solver that a user of diffrax would take.
Best, median and largest, and the ratios of medians and of bests; every yardstick once more against itself, which shows the noise; double
precision. Single curves are in curve_costs.py, many devices and stores in sweep_costs.py, fits of many curves in fit_costs.py, other
programs on the same work in peers.py.
"""

import argparse
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

import curve_costs
import fit_costs
import jax
import jax.numpy as jnp
import peers
import sweep_costs
from measuring import Statistics, against

from hanle_sim import METHODS, __version__
from hanle_sim.solvers import MethodName

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


def _first_call(method: MethodName) -> float:
    """The first call's time in this process, compilation included [s]."""
    setup = curve_costs.setup_of_preset()
    field = curve_costs.swept(setup, curve_costs.FEW)
    jnp.zeros(1).block_until_ready()  # the device is awake
    start = time.perf_counter()
    curve_costs.called(setup, method, field).block_until_ready()
    return time.perf_counter() - start


def _cold_job(method: MethodName) -> float:
    command = [sys.executable, str(Path(__file__).resolve()), "--first-call", method]
    return float(subprocess.run(command, env=_environment(), check=True, capture_output=True, text=True).stdout)


def cold(repeats: int) -> dict[str, Statistics]:
    """Every method's first call in a fresh process, its compilation included, against `python -c 'import jax'`."""
    jobs = {_IMPORT: partial(_process, [sys.executable, "-c", "import jax"])}
    jobs |= {method: partial(_cold_job, method) for method in METHODS if method != "finite_volume"}
    return against(jobs, _IMPORT, repeats)


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
        "preset": curve_costs.PRESET,
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
        f"warm, {curve_costs.FEW} fields": partial(curve_costs.warm, curve_costs.FEW, lumped, repeats),
        f"warm, {curve_costs.MANY} fields": partial(curve_costs.warm, curve_costs.MANY, without_integration, repeats),
        f"geometries, {curve_costs.MANY} fields": partial(curve_costs.geometries, repeats),
        f"Jacobian, {curve_costs.MILLION} fields": partial(curve_costs.jacobian, repeats),
        f"derivatives, {curve_costs.SOME} fields": partial(curve_costs.derivatives, repeats),
        f"transients, {curve_costs.FEW} fields": partial(curve_costs.integration, repeats),
        "steady states, QuTiP": partial(peers.steady_states, max(5, repeats // 5)),
        "transients, SciPy and dynamiqs": partial(peers.transients, max(3, repeats // 10)),
        "sweeps, lumped": partial(sweep_costs.lumped, repeats),
        "sweeps, lumped, NumPy": partial(sweep_costs.against_numpy, repeats),
        f"signal alone, {curve_costs.MANY} fields": partial(sweep_costs.signals, repeats),
        "half widths": partial(sweep_costs.half_widths, repeats),
        "stores": partial(sweep_costs.stores, 10**8, 15),
        "fits, 1000 curves, lumped": partial(fit_costs.lumped, 1000, max(3, repeats // 5)),
        "fits, 200 curves, lateral": partial(fit_costs.lateral, 200, max(3, repeats // 5)),
        f"first call, {curve_costs.FEW} fields": partial(cold, max(3, processes // 5)),
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
