"""What sweeps cost: many curves and half widths against two Lorentzians on the same fields, and a store against a raw write."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from measuring import Statistics, against, interleaved, timed, warm_job, with_ratios

from hanle_sim import METHODS, Field
from hanle_sim.configuration import check, read
from hanle_sim.model.batch import Batch
from hanle_sim.model.model import Model
from hanle_sim.model.signal import terms_of
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import linear
from hanle_sim.sweeps.engine import run_here
from hanle_sim.sweeps.request import Work
from hanle_sim.sweeps.store import opened
from hanle_sim.sweeps.sweep import requested

_TEN_MILLION, _DEVICES, _FIELDS, _MANY, _MILLION, _SEARCHED = 10**7, 10**4, 10**3, 100_001, 10**6, 4096
_PATHS = ["nonmagnet.tau_s", "junction.P_L"]
_LORENTZIANS, _YARDSTICK = "two Lorentzians", "lumped, 2x2 formula"


def _model(preset: str, points: int) -> Model:
    return Model(check(read(preset, {"points": points})))


def _parameters(model: Model, devices: int) -> np.ndarray:
    """Relaxation times and polarisations that are all a little different, [devices, 2]."""
    values = [next(one.value for one in model.parameters if one.path == path) for path in _PATHS]
    factors = np.linspace(0.5, 1.0, devices)
    return np.stack([values[0] * factors, values[1] * factors[::-1]], 1)


@jax.jit
def _lorentzians(a: jax.Array, b: jax.Array, tau: jax.Array, tau_Q: jax.Array, omega: jax.Array) -> jax.Array:
    """A/(1 + (ωτ)²) + B/(1 + (ωτ_Q)²), parameters [devices, 1], fields [1, points]."""
    return a / (1 + (omega * tau) ** 2) + b / (1 + (omega * tau_Q) ** 2)


def _of_lorentzians(devices: int, points: int) -> Callable[[], jax.Array]:
    column = jnp.linspace(0.5, 1.0, devices)[:, None]
    omega = jnp.linspace(-1e10, 1e10, points)[None, :]
    return partial(_lorentzians, column * 1e-6, column * 1e-7, column * 1e-9, column * 1e-10, omega)


def lumped(repeats: int) -> dict[str, Statistics]:
    """Exact curves of lumped devices, the parameters' values given, against two Lorentzians with all numbers given."""
    found: dict[str, Statistics] = {}
    for devices, points in ((1, _TEN_MILLION), (_DEVICES, _FIELDS)):
        model = _model("lumped", points)
        batch, theta = Batch(model, _PATHS), _parameters(model, devices)
        name = f"{devices} x {points} fields"
        jobs = {
            f"{_LORENTZIANS}, {name}": warm_job(_of_lorentzians(devices, points)),
            f"exact, {name}": warm_job(partial(batch.signals, theta)),
        }
        rows = against(jobs, f"{_LORENTZIANS}, {name}", repeats)
        found |= {key: {**row, "median_per_field_s": row["median_s"] / devices / points} for key, row in rows.items()}
    return found


def against_numpy(repeats: int) -> dict[str, Statistics]:
    """The exact curve of a lumped device against NumPy's, from the fields to the signal: a 6×6 matrix formed and solved at each."""
    model = _model("lumped", _MANY)
    batch, theta = Batch(model, _PATHS), _parameters(model, 1)
    natural = NaturalUnits.of(model.setup.device, model.setup.field)
    omega = np.asarray(natural.omega)
    A, source = (np.asarray(part) for part in linear.systems(natural))
    turning = (A[-1] - A[0]) / (omega[-1] - omega[0])
    still, source = A[0] - omega[0] * turning, np.broadcast_to(source, (_MANY, 6))[..., None]
    spin, heat = model.setup.device.detector.signals(np.eye(6).reshape(6, 2, 3))
    projection = np.asarray(spin) + np.asarray(heat)

    def solved() -> np.ndarray:
        return np.linalg.solve(still + omega[:, None, None] * turning, -source)[..., 0] @ projection

    jobs = {"exact": warm_job(partial(batch.signals, theta)), "NumPy, 6x6": timed(solved)}
    rows = against(jobs, "exact", max(5, repeats // 3))
    return {key: {**row, "median_per_field_s": row["median_s"] / _MANY} for key, row in rows.items()}


def signals(repeats: int) -> dict[str, Statistics]:
    """The signal alone of every nonmagnet over the same many fields, against the lumped one's by the same 2×2 formula as XLA by itself
    compiles it, in many loops.
    """
    jobs: dict[str, Callable[[], float]] = {}
    for preset in ("lumped", "diffusive", "film", "drift", "contact", "lateral"):
        model = _model(preset, _MANY)
        device, field = model.setup.device, model.setup.field

        def by_itself(B: jax.Array, device: Any = device, field: Field = field) -> jax.Array:
            natural = NaturalUnits.of(device, field.along(B))
            return jnp.asarray(sum(terms_of(natural, natural.omega)))

        def signal(B: jax.Array, device: Any = device, field: Field = field) -> jax.Array:
            return jnp.asarray(METHODS["closed"].signal(NaturalUnits.of(device, field.along(B))))

        if not jobs:
            jobs[_YARDSTICK] = warm_job(partial(jax.jit(by_itself), jnp.asarray(field.B)))
        jobs[preset] = warm_job(partial(jax.jit(signal), jnp.asarray(field.B)))
    rows = against(jobs, _YARDSTICK, repeats)
    return {key: {**row, "median_per_field_s": row["median_s"] / _MANY} for key, row in rows.items()}


def half_widths(repeats: int) -> dict[str, Statistics]:
    """Half widths of a million lumped devices against as many curves of 101 fields, in pieces of 10⁴; and of others, each against
    the signal at so many fields.
    """
    model, pieces = _model("lumped", 101), 100
    batch, theta = Batch(model, _PATHS), _parameters(model, _MILLION // pieces)

    def read(batch: Batch, theta: np.ndarray) -> jax.Array:
        return batch.observables(theta, ("hwhm",))["hwhm"]

    jobs = {f"{_LORENTZIANS}, 10000 x 101": warm_job(_of_lorentzians(10_000, 101)), "lumped, 10000": warm_job(partial(read, batch, theta))}
    found = against(jobs, f"{_LORENTZIANS}, 10000 x 101", repeats)
    for preset in ("diffusive", "film"):
        model = _model(preset, 1001)
        batch, theta = Batch(model, _PATHS), _parameters(model, _SEARCHED)
        jobs = {
            f"{preset}, signal at {_SEARCHED} x 1001 fields": warm_job(partial(batch.signals, theta)),
            f"{preset}, {_SEARCHED} half widths": warm_job(partial(read, batch, theta)),
        }
        found |= against(jobs, f"{preset}, signal at {_SEARCHED} x 1001 fields", repeats, unit=1001)
    return found


def stores(points: int, rounds: int) -> dict[str, Statistics]:
    """A sweep to disk against a raw write of the same bytes in as many files."""
    vary = [f"tau_s=0.1 ns:10 ns:{points // 1000}:log"]
    work = Work(requested("lumped", vary, settings={"points": 1000}, observables=[], curves=True))
    data = np.random.default_rng(0).random(points)
    work.compute(next(iter(work.plan)))  # compiled
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def sweep() -> float:
            shutil.rmtree(home / "a.zarr", ignore_errors=True)
            os.sync()
            start = time.perf_counter()
            store = opened(home / "a.zarr", work.plan, work.layout({}), resume=False, codec=None, needed=work.bytes)
            run_here(work, store, store.missing(), lambda what, done, total: None)
            return time.perf_counter() - start

        def raw() -> float:
            shutil.rmtree(home / "raw", ignore_errors=True)
            os.sync()
            (home / "raw").mkdir()
            start = time.perf_counter()
            for number, block in enumerate(np.array_split(data, work.plan.tiles)):
                with (home / "raw" / str(number)).open("wb") as file:
                    block.tofile(file)
            return time.perf_counter() - start

        raw(), sweep()
        name = f"raw write, {points:.0e} points"
        found = with_ratios(interleaved({name: raw, f"sweep, {points:.0e} points": sweep}, rounds), name)
    return {name: {**row, "median_per_field_s": row["median_s"] / points} for name, row in found.items()}


def peak_memory(points: int) -> dict[str, Any]:
    """The largest memory of a process that sweeps so many points to disk [bytes]."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hanle_sim", "sweep", "lumped", "--vary", f"tau_s=0.1 ns:10 ns:{points // 100_000}:log"]
        command += ["--set", "points=100000", "--observables", "hwhm", "--curves", "--out", str(Path(folder) / "a.zarr")]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
    return {"points": points, "peak_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, "seconds": seconds}
