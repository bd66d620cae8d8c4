"""The Bloch equations under a current that changes by jumps, by exponentials and by a general solver."""

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from cases import standard
from hanle_sim import CurrentBias, Field, VoltageBias
from hanle_sim.numerics.affine_solvers import ExponentialEuler
from hanle_sim.physics.bloch import bloch_equations
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import linear

#: ω_L τ_s; times of the jumps and of the end, in τ_s; the bias of every piece: back-flow differs, since one is a voltage.
OMEGA, ENDS = np.array([0.0, 0.7, 10.0, 100.0]), np.array([0.4, 1.5, 2.5])
BIASES = (CurrentBias(1e6), VoltageBias(-0.02, 3.0), CurrentBias(0.0))


def pieces() -> list[NaturalUnits]:
    def under(bias) -> NaturalUnits:
        units = NaturalUnits.of(standard().under(bias), Field(np.linspace(0.0, 1.0, OMEGA.size), np.array([0.0, 0.6, 0.8])))
        return NaturalUnits(**{**vars(units), "omega": OMEGA})

    return [under(bias) for bias in BIASES]


def integrated(solver: diffrax.AbstractSolver, pieces: list[NaturalUnits], peak: float) -> np.ndarray:
    """States at the ends of the pieces, over the peak, [points, pieces, 6]."""

    def rate(t: jax.Array, y: jax.Array, omega: jax.Array) -> jax.Array:
        rates = [bloch_equations(y * peak, units.device, omega * jnp.asarray(units.direction)) / peak for units in pieces]
        return jnp.where(t < ENDS[0], rates[0], jnp.where(t < ENDS[1], rates[1], rates[2]))

    def solve(omega: jax.Array) -> jax.Array:
        controller = diffrax.ClipStepSizeController(diffrax.PIDController(rtol=1e-11, atol=1e-12), jump_ts=jnp.asarray(ENDS[:2]))
        saveat, start = diffrax.SaveAt(ts=jnp.asarray(ENDS)), jnp.zeros((2, 3))
        term, adjoint = diffrax.ODETerm(rate), diffrax.ForwardMode()
        options = {"saveat": saveat, "stepsize_controller": controller, "adjoint": adjoint, "max_steps": None}
        return diffrax.diffeqsolve(term, solver, 0.0, ENDS[-1], 1e-3, start, omega, **options).ys.reshape(3, 6)

    return np.asarray(jax.jit(jax.vmap(solve))(jnp.asarray(OMEGA)))


@pytest.mark.parametrize(("solver", "bound"), [(ExponentialEuler(), 2e-13), pytest.param(diffrax.Dopri8(), 1e-8, marks=pytest.mark.heavy)])
def test_pulses_against_matrix_exponentials(solver: diffrax.AbstractSolver, bound: float):
    units, y, expected = pieces(), np.zeros((OMEGA.size, 6)), []
    for one, duration in zip(units, np.diff(ENDS, prepend=0.0), strict=True):
        A, s = (np.asarray(part) for part in linear.systems(one))
        rest = -np.linalg.solve(A, np.broadcast_to(s, y.shape)[..., None])[..., 0]
        y = rest + np.stack([expm(matrix * duration) @ distance for matrix, distance in zip(A, y - rest, strict=True)])
        expected.append(y)
    expected = np.stack(expected, 1)
    peak = float(np.max(np.abs(expected)))
    np.testing.assert_allclose(integrated(solver, units, peak), expected / peak, rtol=0, atol=bound)
