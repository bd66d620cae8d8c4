"""`doctor`: what this installation runs on, and whether it computes what it should."""

import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .. import cache
from .._version import __version__

_PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "diffrax", "equinox", "optimistix", "xarray", "zarr", "tensorstore", "matplotlib", "bokeh")
_OPTIONAL = {"cluster": ("dask", "distributed"), "formats": ("nptdms", "igor2"), "posterior": ("numpyro",)}
#: How far two methods may be apart, of the peak.
_AGREEMENT = 1e-11


def doctor() -> dict[str, Any]:
    """Versions, devices, precision, the cache of compiled programs, and a test of a few curves.

    Returns:
        Facts by name; `problems` are sentences on what is wrong, none of a sound installation.

    Example:
        >>> from hanle_sim import doctor
        >>> doctor()["problems"]
        []
    """
    started = time.perf_counter()
    import jax
    import numpy as np

    def installed(name: str) -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    problems = []
    try:
        devices = [f"{one.platform} {one.device_kind}" for one in jax.devices()]
    except RuntimeError as error:
        devices, problems = [], [f"JAX finds no device: {error}"]
    tested, worst = 0, 0.0
    if devices:
        tested, worst, failed = _tested()
        problems += failed
    programs, size = cache.size()
    return {
        "hanle_sim": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "packages": {name: installed(name) for name in _PACKAGES},
        "extras": {extra: {name: installed(name) for name in names} for extra, names in _OPTIONAL.items()},
        "devices": devices,
        "precision": "double" if jax.dtypes.canonicalize_dtype(np.float64) == np.float64 else "single",
        "cache": {"directory": str(cache.directory()), "programs": programs, "bytes": size},
        "encoding": sys.stdout.encoding,
        "curves_tested": tested,
        "largest_difference": worst,
        "seconds": time.perf_counter() - started,
        "problems": problems,
    }


def _tested() -> tuple[int, float, list[str]]:
    """Curves of three geometries by the closed form and by the linear system, the half width against ħ/(g μ_B τ_s), and JAX's compiler."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from ..configuration import build, check, read
    from ..constants import hbar, mu_B
    from ..observables.half_width import half_width
    from ..runtime import double_precision
    from ..solvers import METHODS, Problem

    worst, problems = 0.0, []
    names = ("lumped", "film", "lateral")
    with double_precision():
        for name in names:
            setup = build(check(read(name, {"points": 9})))
            natural = Problem.of(setup.device, setup.field).natural
            closed, linear = (np.asarray(METHODS[method].signal(natural)) for method in ("closed", "linear"))
            off = float(np.max(np.abs(closed - linear)) / np.max(np.abs(closed)))
            worst = max(worst, off)
            if not off <= _AGREEMENT:
                problems.append(f"{name}: the closed form and the linear system differ by {off:.1e} of the peak")
        without = check(read("lumped", {"S": None, "P_L": None, "tau_Q": None, "T_0": None, "alpha": None, "junction.R_tun": "inf"}))
        setup = build(without)
        width, expected = float(half_width(setup.device, setup.field)), hbar / (2 * mu_B * float(setup.device.nonmagnet.tau_s))
        if not abs(width / expected - 1) <= _AGREEMENT:
            problems.append(f"the half width of a Lorentzian is {width:g} T in place of {expected:g} T")
        compiled = float(jax.jit(lambda x: jnp.sum(jnp.cos(x) ** 2 + jnp.sin(x) ** 2))(jnp.linspace(0.0, 3.0, 100)))
        if not abs(compiled / 100 - 1) <= _AGREEMENT:
            problems.append(f"a compiled function gives {compiled:.15g} in place of 100")
    return len(names), worst, problems
