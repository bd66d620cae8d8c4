"""Relaxation tensors in extended nonmagnets: the linear systems against 50 digits, finite volumes, and the isotropic closed forms."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hanle_sim.numerics.interpreted import interpreted
from hanle_sim.physics.device import Device
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive, CurrentBias, VoltageBias
from hanle_sim.physics.field import Field
from hanle_sim.physics.nonmagnets import Diffusive, Drift, Film, Lateral, Layered, WideContact
from hanle_sim.solvers import METHODS, Problem, steady_state
from line_cases import LAMBDA, TENSOR, device, error, material, solve
from tensor_oracle import exact

HEAT = np.array([[1.0, 0.4, 0.1], [0.4, 2.0, 0.0], [0.1, 0.0, 0.5]])
#: ω_Lτ_s up to 10⁶ for τ_s = 1 ns.
B = np.array([0.0, 1e-4, -3e-3, 6e-3, 0.1, -5.7, 5690.0])
DRIVE, FIELD = CurrentBias(1e7, 0.5), Field(B, np.array([0.3, 0.2, 1.0]))
NONMAGNETS: dict[str, Any] = {
    "diffusive": lambda **more: Diffusive(material(**more)),
    "film": lambda **more: Film(material(**more), LAMBDA),
    "thin film": lambda **more: Film(material(**more), 1e-3 * LAMBDA),
    "absorbing film": lambda **more: Film(material(**more), 2 * LAMBDA, "absorbing"),
    "drift away": lambda **more: Drift(material(**more), 3e3),
    "drift back": lambda **more: Drift(material(**more), -3e3),
    "lateral": lambda **more: Lateral(material(rho=1e6, **more), 2 * LAMBDA),
    "close lateral": lambda **more: Lateral(material(rho=1e6, **more), 0.01 * LAMBDA, 0.5 * LAMBDA, 2 * LAMBDA),
    "distant lateral": lambda **more: Lateral(material(rho=1e6, **more), 20 * LAMBDA, None, LAMBDA),
}


def random_tensors(seed: int) -> dict[str, np.ndarray]:
    """Symmetric positive tensors of spin and heat, their eigenvalues within a decade or two."""
    halves = np.random.default_rng(seed).normal(size=(2, 3, 3))
    tensors = [half @ half.T for half in halves]
    return {name: 3 * one / np.trace(one) + 0.05 * np.eye(3) for name, one in zip(("relaxation_s", "relaxation_Q"), tensors, strict=True)}


def plain(device: Device, drive: AbstractDrive, field: Field, method: str = "linear") -> np.ndarray:
    """u [V] and T [K] from plain numbers, [points, contacts, 2, 3]; by `linear` without compiling."""
    natural = NaturalUnits.of(device.under(drive), field)
    y = METHODS[method].solve(natural)  # type: ignore[index]
    assert isinstance(y, np.ndarray) or method != "linear"
    return np.asarray(y).reshape(field.B.size, -1, 2, 3) / np.array([1.0, natural.kelvin])[:, None]


@pytest.mark.parametrize("name", NONMAGNETS)
def test_fifty_digits(name: str) -> None:
    """At each field, however strong, and each contact, relative to its own accumulations there."""
    for seed, direction in enumerate(([0.3, 0.2, 1.0], [0.0, 1.0, 0.0])):
        here = device(NONMAGNETS[name](**random_tensors(seed)), eta=1.3, magnetisation=np.array([1.0, 0.2, 0.5]))
        for drive in (DRIVE, VoltageBias(1e-2)):
            field = Field(B, np.array(direction))
            found, expected = plain(here, drive, field), exact(here, drive, field)
            size = np.max(abs(expected), -1, keepdims=True)
            # Far away nothing is left of a fast precession: what is left of strong fields there counts beside the curve's peak.
            size = np.maximum(size, 1e-6 * np.max(size, 0, keepdims=True))
            assert np.max(abs(found - expected) / size) < 1e-11


@pytest.mark.parametrize("name", ["diffusive", "thin film", "absorbing film", "drift back", "lateral", "close lateral"])
def test_finite_volumes(name: str) -> None:
    field = Field(B[:5], FIELD.direction)
    here = device(NONMAGNETS[name](**random_tensors(5)), eta=1.3)
    assert error(plain(here, DRIVE, field), solve(here, DRIVE, field)) < 1e-9


@pytest.mark.parametrize("name", NONMAGNETS)
def test_multiples_of_the_identity_are_shorter_times(name: str) -> None:
    """Against the closed form of isotropic relaxation at 3/τ_s and 2/τ_Q, as close as the isotropic linear system is or to 2e-13."""
    tensors = device(NONMAGNETS[name](relaxation_s=3 * np.eye(3), relaxation_Q=2 * np.eye(3)))
    bulk = tensors.nonmagnet.material
    isotropic = type(bulk)(bulk.rho, bulk.rho_Q, bulk.D, bulk.tau_s / 3, bulk.tau_Q / 2)
    shorter = Device(tensors.contacts, tensors.nonmagnet.with_material(isotropic))
    closed = plain(shorter, DRIVE, FIELD, "closed")
    assert error(plain(tensors, DRIVE, FIELD), closed) < max(2e-13, 3 * error(plain(shorter, DRIVE, FIELD), closed)) < 2e-11


def test_a_tensor_of_spin_alone_leaves_heat_isotropic() -> None:
    one, both = (device(NONMAGNETS["lateral"](relaxation_s=TENSOR, **more)) for more in ({}, {"relaxation_Q": np.eye(3)}))
    assert error(plain(one, DRIVE, FIELD), plain(both, DRIVE, FIELD)) < 1e-13


def test_what_is_covered() -> None:
    natural = NaturalUnits.of(device(NONMAGNETS["lateral"](relaxation_s=TENSOR)).under(DRIVE), FIELD)
    assert "use the method 'linear'" in (METHODS["closed"].why_not(natural) or "")
    problem = Problem.of(device(NONMAGNETS["film"](relaxation_s=TENSOR)).under(DRIVE), FIELD)
    assert problem.exact.name == problem.plain.name == "linear"
    assert problem.numerical is METHODS["finite_volume"]
    bulk = material(relaxation_s=TENSOR)
    for nonmagnet in (WideContact(bulk, LAMBDA), Layered([(bulk, LAMBDA), (material(), None)], "infinite")):
        why = METHODS["linear"].why_not(NaturalUnits.of(device(nonmagnet).under(DRIVE), FIELD))
        assert why and type(nonmagnet).__name__ in why and "use the method 'finite_volume'" in why


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["absorbing film"])
def test_compiled_with_derivatives(name: str) -> None:
    """The same numbers compiled; derivatives by the tensor and τ_s against differences, and finite where all eigenvalues coincide."""
    heat = {"relaxation_Q": HEAT} if "film" in name else {}
    base = device(NONMAGNETS[name](relaxation_s=TENSOR, **heat), eta=1.3)
    rows, columns = np.triu_indices(3)
    place = np.zeros((6, 3, 3))
    place[np.arange(6), rows, columns] = place[np.arange(6), columns, rows] = 1.0

    def curve(theta: Any) -> Any:
        tensor = (theta[1:, None, None] * place).sum(0)
        here = Device(base.contacts, NONMAGNETS[name](tau=theta[0] * 1e-9, relaxation_s=tensor, **heat))
        return METHODS["linear"].signal(NaturalUnits.of(here.under(DRIVE), FIELD))

    theta = np.array([1.0, *TENSOR[rows, columns]])
    evaluated = jax.jit if "film" in name else interpreted
    forward = evaluated(jax.jacfwd(curve))
    plain = interpreted(curve)
    expected, jacobian = plain(theta), forward(jnp.asarray(theta))
    natural = NaturalUnits.of(base.under(DRIVE), FIELD)
    np.testing.assert_allclose(
        natural.signal(np.asarray(steady_state(natural, "linear"))), expected, rtol=0, atol=1e-13 * np.max(abs(expected))
    )
    for k, unit in enumerate(np.eye(7)):
        at = [plain(theta + n * 1e-3 * unit) for n in (-2, -1, 1, 2)]
        slope = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / 12e-3
        np.testing.assert_allclose(jacobian[:, k], slope, rtol=0, atol=1e-8 * np.max(abs(slope)))
    reverse = evaluated(jax.grad(lambda theta: jnp.sum(curve(theta) ** 2)))
    np.testing.assert_allclose(reverse(jnp.asarray(theta)), 2 * expected @ jacobian, rtol=1e-9)
    alike = jnp.array([1.0, 2.0, 0.0, 0.0, 2.0, 0.0, 2.0])
    assert np.all(np.isfinite(forward(alike))) and np.all(np.isfinite(reverse(alike)))


def test_lowers_for_accelerators_without_libraries() -> None:
    natural = NaturalUnits.of(device(NONMAGNETS["lateral"](relaxation_s=TENSOR)).under(DRIVE), FIELD)
    program = jax.export.export(jax.jit(METHODS["linear"].signal), platforms=["cuda", "tpu"])(jax.tree.map(jnp.asarray, natural))
    assert "custom_call" not in program.mlir_module()
