"""The same physics by other programs: a spin's Hanle curve by QuTiP, SciPy and dynamiqs, beside the package. Those that aren't installed
are left out: pip install '.[benchmark]'.

One spin accumulation that relaxes isotropically and precesses is a spin ½ with the master equation of three jumps: up and down along m
at rates (1 ± s)Γ/2, and dephasing about m at Γ/4, so that all of its components decay at Γ = 1/τ_s towards s m.
"""

import importlib.util
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from measuring import Statistics, against, timed, warm_job
from scipy.integrate import solve_ivp

from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped
from hanle_sim.constants import hbar, mu_B
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import closed, linear
from hanle_sim.solvers.bloch_integration import transient

_POLARISATION = 0.1
_STRONGEST = 10.0  # ω_Lτ
_FIELDS, _TIMES = 401, np.linspace(0.1, 5.0, 50)


def _natural(points: int) -> NaturalUnits:
    """A lumped device of spin alone without back-flow, m across the field."""
    contact = Contact(Junction.from_resistance(R_tun=1.0, P_G=0.5), CurrentBias(1e6))
    device = Device((contact,), Lumped.of_spin(r_s=1e-20, tau_s=1e-9))
    width = hbar / (2 * mu_B * 1e-9)
    return NaturalUnits.of(device, Field(np.linspace(-_STRONGEST, _STRONGEST, points) * width))


def _matrices() -> tuple[list[np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Jumps, and σ along m = x, along the field z, and along y, of a spin ½, in units of 1/τ_s."""
    x, y, z = np.array([[0, 1], [1, 0]], complex), np.array([[0, -1j], [1j, 0]]), np.diag([1.0 + 0j, -1.0])
    raising = (y + 1j * z) / 2  # towards +x
    jumps = [((1 + s) / 2) ** 0.5 * part for s, part in ((_POLARISATION, raising), (-_POLARISATION, raising.conj().T))]
    return [*jumps, 0.5 * x], x, z, y


def _lorentzian(points: int) -> np.ndarray:
    return 1 / (1 + np.linspace(-_STRONGEST, _STRONGEST, points) ** 2)


def steady_states(repeats: int) -> dict[str, Statistics]:
    """A whole curve: the closed form against QuTiP's `steadystate` at every field."""
    if importlib.util.find_spec("qutip") is None:
        return {}
    import qutip

    natural = _natural(_FIELDS)
    jumps, m, b, _ = _matrices()
    operators, H, polarisation = [qutip.Qobj(jump) for jump in jumps], qutip.Qobj(b) / 2, qutip.Qobj(m)

    def by_qutip() -> np.ndarray:
        fields = np.linspace(-_STRONGEST, _STRONGEST, _FIELDS)
        return np.array([qutip.expect(polarisation, qutip.steadystate(omega * H, operators)) for omega in fields]) / _POLARISATION

    ours = jax.jit(lambda omega: closed.signal_of(*closed.prepared(natural), natural, omega))
    omega = jnp.asarray(natural.omega)
    found = np.asarray(ours(omega))
    errors = {"exact": found / found.max() - _lorentzian(_FIELDS), "QuTiP, steadystate": by_qutip() - _lorentzian(_FIELDS)}
    jobs = {"exact": warm_job(partial(ours, omega)), "QuTiP, steadystate": timed(by_qutip)}
    rows = against(jobs, "exact", repeats)
    return _per_field(rows, _FIELDS, {name: float(np.max(np.abs(error))) for name, error in errors.items()})


def transients(repeats: int) -> dict[str, Statistics]:
    """Transients from rest at 50 times: the package's exponential against dynamiqs' `Expm` and SciPy's `solve_ivp`, with the largest
    error over the steady state at B = 0. SciPy takes every tenth field, and its time is multiplied by ten.
    """
    natural, fields = _natural(_FIELDS), np.linspace(-_STRONGEST, _STRONGEST, _FIELDS)
    expected = ((1 - np.exp((1j * fields[:, None] - 1) * _TIMES)) / (1 - 1j * fields[:, None])).real
    ours = jax.jit(lambda: transient(natural, _TIMES, adjoint="forward"))
    unit = float(np.max(np.abs(ours()[_FIELDS // 2]))) / (1 - np.exp(-_TIMES[-1]))
    errors = {"exponential": np.asarray(ours())[:, :, 0] @ np.asarray(natural.device.injector.magnetisation) / unit - expected}
    jobs = {"exponential": warm_job(ours)}

    m_injector = np.asarray(natural.device.injector.magnetisation)
    A, source = (np.asarray(part) for part in linear.systems(natural))
    source = np.broadcast_to(source, (_FIELDS, 6))[0]

    def by_scipy() -> np.ndarray:
        def at(matrix: np.ndarray) -> np.ndarray:
            rate = lambda t, y: matrix @ y + source / unit  # noqa: E731
            span, rest = (0.0, _TIMES[-1]), np.zeros(6)
            return np.asarray(solve_ivp(rate, span, rest, "DOP853", t_eval=_TIMES, rtol=1e-10, atol=1e-10).y[:3])

        return np.array([m_injector @ at(matrix) for matrix in A[::10]])

    errors["SciPy, DOP853"] = by_scipy() - expected[::10]
    jobs["SciPy, DOP853"] = lambda: 10 * timed(by_scipy)()
    if importlib.util.find_spec("dynamiqs") is not None:
        import dynamiqs as dq

        dq.set_precision("double")
        dq.set_progress_meter(False)
        jumps, m, b, _ = _matrices()
        H = dq.asqarray(fields[:, None, None] * b / 2)

        def by_dynamiqs() -> jax.Array:
            start, times = dq.asqarray(np.eye(2) / (2 + 0j)), np.append(0.0, _TIMES)
            method, along = dq.method.Expm(), [dq.asqarray(m)]
            solved = dq.mesolve(H, [dq.asqarray(jump) for jump in jumps], start, times, exp_ops=along, method=method, save_states=False)
            return jnp.real(solved.expects[:, 0, 1:]) / _POLARISATION

        errors["dynamiqs, Expm"] = np.asarray(by_dynamiqs()) - expected
        jobs["dynamiqs, Expm"] = warm_job(by_dynamiqs)
    rows = against(jobs, "exponential", repeats)
    return _per_field(rows, _FIELDS, {name: float(np.max(np.abs(error))) for name, error in errors.items()})


def _per_field(rows: dict[str, Statistics], points: int, errors: dict[str, float]) -> dict[str, Statistics]:
    return {
        name: {**row, "median_per_field_s": row["median_s"] / points} | ({"error": errors[name]} if name in errors else {})
        for name, row in rows.items()
    }
