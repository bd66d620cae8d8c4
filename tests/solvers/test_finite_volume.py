"""The finite volumes against exact solutions, and against themselves in time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from device_cases import some_heavy
from hanle_sim import Contact
from hanle_sim.numerics.interpreted import interpreted
from hanle_sim.physics.device import Device
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import CurrentBias, VoltageBias
from hanle_sim.physics.field import Field
from hanle_sim.physics.junction import Junction
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Drift, Film, Lateral, WideContact
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.solvers import steady_state, volumes
from hanle_sim.solvers.volumes import in_time
from hanle_sim.solvers.volumes.elimination import solve as solve_some
from hanle_sim.solvers.volumes.elimination import solve_everywhere
from hanle_sim.solvers.volumes.mesh import build_mesh
from line_cases import FIELDS, LAMBDA, TENSOR, device, error, material, solve
from line_oracle import exact

NONMAGNETS: dict[str, AbstractNonmagnet] = {
    "diffusive": Diffusive(material()),
    "diffusive, short heat": Diffusive(material(ratio=0.05)),
    "diffusive, long heat": Diffusive(material(ratio=5.0)),
    "film": Film(material(), LAMBDA),
    "thinnest film": Film(material(), 1e-4 * LAMBDA),
    "thickest film": Film(material(), 1e4 * LAMBDA),
    "absorbing film": Film(material(), 3 * LAMBDA, "absorbing"),
    "thinnest absorbing film": Film(material(), 1e-4 * LAMBDA, "absorbing"),
    "drift away": Drift(material(), 3e3),
    "drift back": Drift(material(), -3e3),
    "strong drift away": Drift(material(ratio=0.2), 3e4),
    "contact": WideContact(material(rho=100.0), 3 * LAMBDA),
    "narrow contact": WideContact(material(rho=100.0, ratio=0.05), 1e-2 * LAMBDA),
    "wide contact": WideContact(material(rho=100.0), 100 * LAMBDA),
    "lateral": Lateral(material(rho=1e6), LAMBDA),
    "close lateral": Lateral(material(rho=1e6), 0.01 * LAMBDA, 0.5 * LAMBDA, 2 * LAMBDA),
    "distant lateral": Lateral(material(rho=1e6), 20 * LAMBDA, None, LAMBDA),
}
# A detector 20 λ away sees 1e-9 of what is injected; its own peak is followed to this.
BOUNDS = {"distant lateral": 2e-8}


@pytest.mark.parametrize("name", NONMAGNETS)
@pytest.mark.parametrize("x", [1e-6, 1.0, 1e3])
def test_exact_impedance(name: str, x: float) -> None:
    """Spin and heat terms, with little, some and much back-flow."""
    drive = VoltageBias(1e-2, 0.5) if x == 1.0 else CurrentBias(1e7, 0.5)
    here, field = device(NONMAGNETS[name], x, eta=1.3), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    assert error(solve(here, drive, field), exact(here, drive, field)) < BOUNDS.get(name, 1e-8)


@pytest.mark.parametrize("name", ["diffusive", "contact", "lateral"])
@pytest.mark.parametrize("b", [(0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.5, -1.0, 0.3)])
def test_directions(name: str, b: tuple[float, float, float]) -> None:
    """Fields across, along and oblique to a magnetisation that isn't an axis, at current bias with back-flow."""
    here, field = device(NONMAGNETS[name], magnetisation=np.array([1.0, 0.4, -0.2])), Field(FIELDS, np.array(b))
    drive = CurrentBias(1e7)
    assert error(solve(here, drive, field), exact(here, drive, field)) < 1e-8


BIASES = {
    "open": CurrentBias(0.0),
    "voltage 0": VoltageBias(0.0),
    "voltage": VoltageBias(1e-3, 0.4),
    "current": CurrentBias(1e-6),
    "heat": CurrentBias(0.0, 0.7),
}


def biased(name: str, x: float = 1.0) -> Device:
    """Injector and detector with a bias of its own."""
    here = device(NONMAGNETS["lateral"], x)
    return here.with_contacts(here.injector, here.detector.under(BIASES[name]))


@pytest.mark.parametrize("name", some_heavy(BIASES, "voltage"))
def test_biased_detector(name: str) -> None:
    """A detector that is short-circuited, driven or heated injects as well: by every method that gives the curve."""
    drive, field = CurrentBias(1e-4, 0.3), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    here = biased(name)
    expected, natural = exact(here, drive, field), NaturalUnits.of(here.under(drive), field)
    for method, bound in (("closed", 1e-11), ("linear", 1e-11), ("finite_volume", 1e-8)):
        y = np.asarray(steady_state(natural, method)).reshape(FIELDS.size, 2, 2, 3) / np.array([1.0, natural.kelvin])[:, None]
        assert error(y, expected) < bound, method
    if name != "open":
        assert error(exact(device(NONMAGNETS["lateral"]), drive, field), expected) > 1e-3


@pytest.mark.heavy
def test_biased_detector_in_time() -> None:
    """Who is in the steady state stays there."""
    natural = NaturalUnits.of(biased("voltage").under(CurrentBias(1e-4)), Field(FIELDS[2:3], np.array([0.3, 0.2, 1.0])))
    expected = volumes.steady_state(natural, cells=6, extrapolate=False)
    stays = in_time.transient(natural, np.array([0.3, 2.0]), natural, cells=6, adjoint="forward")
    np.testing.assert_allclose(stays, np.stack([expected, expected], 1), rtol=0, atol=1e-7 * np.max(abs(expected)))


def test_turned_magnetisation() -> None:
    """One magnetisation and one field direction for every point, as if each were solved alone."""
    here = device(NONMAGNETS["lateral"])
    field = Field(FIELDS, np.linspace(0.1, 1.0, 21).reshape(7, 3)[:, ::-1], B_sat=0.1)
    natural = NaturalUnits.of(here.under(CurrentBias(1e7)), field)
    found = volumes.steady_state(natural, cells=8)
    for k in range(FIELDS.size):
        m = natural.device.injector.magnetisation[k], natural.device.detector.magnetisation[k]
        alone = Device(
            (Contact(here.injector.junction, magnetisation=m[0]), Contact(here.detector.junction, magnetisation=m[1])), here.nonmagnet
        )
        one = NaturalUnits.of(alone.under(CurrentBias(1e7)), Field(FIELDS[k : k + 1], field.direction[k]))
        np.testing.assert_allclose(found[k], volumes.steady_state(one, cells=8)[0], rtol=1e-10, atol=1e-12 * np.max(abs(found)))


@pytest.mark.parametrize("name", NONMAGNETS)
def test_order(name: str) -> None:
    """Errors fall as h², and the rest after extrapolation as h⁶."""
    here, drive, field = device(NONMAGNETS[name]), CurrentBias(1e7), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    natural = NaturalUnits.of(here.under(drive), field)
    expected = exact(here, drive, field)[:, 0] * np.array([1.0, natural.kelvin])[:, None]
    errors = [np.max(abs(y.reshape(FIELDS.size, -1, 2, 3)[:, 0] - expected)) for y in volumes.convergence(natural, cells=24)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.1)
    if errors[0] > 1e-4 * np.max(abs(expected)):
        left = [error(solve(here, drive, field, cells=cells)[:, :1], exact(here, drive, field)[:, :1]) for cells in (12, 24)]
        assert np.log2(left[0] / left[1]) > 5


@pytest.mark.parametrize("nonmagnet", [Diffusive, lambda bulk: WideContact(bulk, 2 * LAMBDA)], ids=["diffusive", "contact"])
@pytest.mark.parametrize("S_N", [-100e-6, 100e-6, 156e-6])
def test_bulk_seebeck(nonmagnet: type[Diffusive], S_N: float) -> None:
    """Against a matrix square root, up to the second law's edge √L_0 = 156.5 µV/K."""
    here, field = device(nonmagnet(material(S_N=S_N))), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    drive = CurrentBias(1e7)
    expected = exact(here, drive, field)
    assert error(solve(here, drive, field), expected) < 1e-8
    without = exact(device(nonmagnet(material())), drive, field)
    assert error(expected, without) > 0.05


def test_weak_bulk_seebeck() -> None:
    """S_N → 0 is no S_N, and the change is of first order."""
    drive, field = CurrentBias(1e7), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    without = solve(device(Diffusive(material())), drive, field)
    np.testing.assert_array_equal(solve(device(Diffusive(material(S_N=0.0))), drive, field), without)
    changes = [solve(device(Diffusive(material(S_N=S_N))), drive, field) - without for S_N in (1e-9, 2e-9)]
    assert error(2 * changes[0], changes[1]) < 1e-4


def test_bulk_seebeck_beyond_the_second_law() -> None:
    with pytest.raises(ValueError, match="second law"):
        device(Diffusive(material(S_N=158e-6)))


@pytest.mark.parametrize("nonmagnet", [Diffusive, lambda bulk: WideContact(bulk, 2 * LAMBDA)], ids=["diffusive", "contact"])
def test_relaxation_tensors(nonmagnet: type[Diffusive]) -> None:
    """Against a matrix square root, with Im G↑↓ and a bulk Seebeck coefficient as well."""
    bulk = material(relaxation_s=TENSOR, relaxation_Q=np.diag([1.0, 2.0, 0.5]), S_N=80e-6)
    plain = device(nonmagnet(bulk), eta=1.7)
    junction = Junction(
        *(getattr(plain.injector.junction, name) for name in ("G_up", "G_down", "L_up", "L_down", "kappa_up", "kappa_down", "T_0")),
        0.0,
        1.7,
        plain.injector.junction.G,
    )
    here, field = (
        Device(Contact(junction, magnetisation=np.array([1.0, 0.5, 0.0])), plain.nonmagnet),
        Field(FIELDS, np.array([0.3, 0.2, 1.0])),
    )
    for drive in (CurrentBias(1e7, 1.0), VoltageBias(1e-2)):
        assert error(solve(here, drive, field), exact(here, drive, field)) < 1e-8


def test_elimination() -> None:
    """With drift, and sources in every node: against one dense solve."""
    natural = NaturalUnits.of(device(NONMAGNETS["drift away"]).under(CurrentBias(1e7)), Field(FIELDS[2:4], np.array([0.3, 0.2, 1.0])))
    mesh, rng = build_mesh(natural, 6), np.random.default_rng(1)
    n, root = mesh.x.shape[0], 3
    dense = np.zeros((2, n, 6, n, 6))
    for i in range(n):
        dense[:, i, :, i, :] += mesh.shunt[i]
    for i in range(n - 1):
        for node, sign in ((i, 1), (i + 1, -1)):
            dense[:, node, :, i, :] += sign * mesh.forward[i]
            dense[:, node, :, i + 1, :] -= sign * mesh.backward[i]
    source = rng.normal(size=(n, 2, 6, 2))
    dense = dense.reshape(2, 6 * n, 6 * n)

    def expected(source: np.ndarray) -> np.ndarray:
        return np.linalg.solve(dense, source.transpose(1, 0, 2, 3).reshape(2, 6 * n, 2)).reshape(2, n, 6, 2).transpose(1, 0, 2, 3)

    np.testing.assert_allclose(solve_everywhere(mesh, mesh.shunt, source, root=root), expected(source), rtol=1e-10)
    some = np.where((np.arange(n) >= 2)[:, None, None, None] & (np.arange(n) < 5)[:, None, None, None], source, 0.0)
    np.testing.assert_allclose(solve_some(mesh, mesh.shunt, source[2:5], first=2, last=4), expected(some)[2:5], rtol=1e-10)


# JAX and derivatives.


GEOMETRIES = {
    "film": lambda size, D: Film(Material.from_wiedemann_franz(rho=1e-6, D=D, tau_s=1e-9, tau_Q=2.5e-10, T_0=300.0), size),
    "contact": lambda size, D: WideContact(Material.from_wiedemann_franz(rho=100.0, D=D, tau_s=1e-9, tau_Q=2.5e-10, T_0=300.0), size),
}


def of_parameters(name: str, size: object, D: object, fields: object, **options: object) -> object:
    junction = device(NONMAGNETS[name]).injector.junction
    here = Device(Contact(junction, magnetisation=np.array([1.0, 0.2, 0.0])), GEOMETRIES[name](size, D))
    natural = NaturalUnits.of(here.under(CurrentBias(1e7)), Field(fields, np.array([0.3, 0.2, 1.0])))
    return volumes.steady_state(natural, **options)  # type: ignore[arg-type]


def check_derivatives(name: str, size: float, D: float, *, h: tuple[float, float], **options: object) -> None:
    fields = FIELDS[[0, 2, 3]]
    expected = of_parameters(name, size, D, fields, **options)
    found = of_parameters(name, size, D, jnp.asarray(fields), **options)
    assert isinstance(found, jax.Array) and isinstance(expected, np.ndarray)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.max(abs(expected)))
    up, down = (of_parameters(name, size + sign * h[0], D + sign * h[1], fields, **options) for sign in (1, -1))
    difference = (up - down) / 2

    def along(step: jax.Array) -> jax.Array:
        return of_parameters(name, size + step * h[0], D + step * h[1], jnp.asarray(fields), **options)

    forward = interpreted(jax.jacfwd(along))(0.0)
    np.testing.assert_allclose(forward, difference, rtol=0, atol=1e-6 * np.max(abs(difference)))
    weights = np.cos(np.arange(forward.size)).reshape(forward.shape)
    reverse = interpreted(jax.grad(lambda step: jnp.sum(weights * along(step))))(0.0)
    np.testing.assert_allclose(reverse, np.sum(weights * difference), rtol=1e-6)


@pytest.mark.heavy
def test_derivatives_of_the_extrapolated() -> None:
    """With D the shape of the mesh changes, which isn't derived: the extrapolated solution doesn't depend on it."""
    check_derivatives("film", 1.3 * LAMBDA, 1e-3, h=(0.0, 1e-7), cells=16)


# In time.


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["drift back"])
def test_integrated_steady_state(name: str) -> None:
    natural = NaturalUnits.of(device(NONMAGNETS[name]).under(CurrentBias(1e7)), Field(FIELDS[1:5], np.array([0.3, 0.2, 1.0])))
    expected = volumes.steady_state(natural, cells=8, extrapolate=False)
    found = in_time.steady_state(natural, cells=8)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.max(abs(expected)))


@pytest.mark.heavy
def test_switched_on() -> None:
    """Without back-flow and field, u rises as erf √(t/τ_s) below a semi-infinite nonmagnet's contact, and as 1 − e^(−t/τ_s) in a film."""
    times = np.array([0.05, 0.3, 1.0, 3.0])
    for name, law in (("diffusive", erf(np.sqrt(times))), ("thinnest film", 1 - np.exp(-times))):
        natural = NaturalUnits.of(
            device(NONMAGNETS[name], 1e-9, S=0.0).under(CurrentBias(1e7)), Field(np.zeros(1), np.array([0.0, 0.0, 1.0]))
        )
        u = np.asarray(in_time.transient(natural, times, cells=120, adjoint="forward"))[0, :, 0, 0]
        steady = volumes.steady_state(natural, cells=120, extrapolate=False)[0, 0, 0]
        np.testing.assert_allclose(u / steady, law, atol=1e-4)


def test_rate_is_the_equations() -> None:
    """The profile of the steady state stands still, and its values at the contact are the steady state's."""
    natural = NaturalUnits.of(device(NONMAGNETS["lateral"]).under(CurrentBias(1e7)), Field(FIELDS[:3], np.array([0.3, 0.2, 1.0])))
    x, y = volumes.profile(natural, cells=8)
    mean = volumes.steady_state(natural, cells=8, extrapolate=False)
    injector = np.argmin(abs(x - x[[0]] - (x[-1] - x[0] - LAMBDA) / 2), 0)  # the channel ends as far from both
    assert x.shape == y.shape[:2]
    np.testing.assert_allclose(y[injector, np.arange(3)], mean[:, 0], rtol=0, atol=1e-12 * np.max(abs(mean)))


@pytest.mark.heavy
def test_derivatives_of_transients() -> None:
    """With respect to the current, in which everything is linear."""
    here, field, times = device(NONMAGNETS["film"]), Field(FIELDS[2:3], np.array([0.0, 0.0, 1.0])), jnp.array([0.5, 1.0])

    def u(current: jax.Array) -> jax.Array:
        natural = NaturalUnits.of(here.under(CurrentBias(current)), field)
        return in_time.transient(natural, times, cells=6, adjoint="reverse")[0, 1, 0, 0]

    value, slope = jax.value_and_grad(u)(1e7)
    assert float(slope) * 1e7 == pytest.approx(float(value), rel=1e-6)


def test_refusals() -> None:
    natural = NaturalUnits.of(device(NONMAGNETS["film"]).under(CurrentBias(1e7)), Field(FIELDS, np.array([0.0, 0.0, 1.0])))
    with pytest.raises(ValueError, match="cells = 1: must be 2 or more"):
        volumes.steady_state(natural, cells=1)
    with pytest.raises(ValueError, match="does not crowd"):
        volumes.steady_state(natural, crowding=True)
    with pytest.raises(ValueError, match="rtol = 0"):
        in_time.transient(natural, np.array([1.0]), rtol=0.0)
    with pytest.raises(ValueError, match="increasing"):
        in_time.transient(natural, np.array([1.0, 0.5]))
    with pytest.raises(ValueError, match="adjoint"):
        in_time.transient(natural, np.array([1.0]), adjoint="backwards")


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(12))
def test_random_devices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratio, tau = 10 ** rng.uniform(-1.3, 0.7), 1e-9
    bulk = {"ratio": ratio, "tau": tau}
    kind = seed % 6
    length = LAMBDA * 10 ** rng.uniform(-4, 4)
    nonmagnet: AbstractNonmagnet = (
        Diffusive(material(**bulk)),
        Film(material(**bulk), length),
        Film(material(**bulk), length, "absorbing"),
        Drift(material(**bulk), rng.choice([-1, 1]) * 2e3 * 10 ** rng.uniform(-2, 1)),
        WideContact(material(rho=100.0, **bulk), LAMBDA * 10 ** rng.uniform(-3, 2)),
        Lateral(
            material(rho=1e6, **bulk), LAMBDA * 10 ** rng.uniform(-2, 0.5), *((None, None) if seed % 12 < 6 else (LAMBDA, 0.1 * LAMBDA))
        ),
    )[kind]
    drive = CurrentBias(1e7, rng.choice([0.0, 1.0])) if rng.random() < 0.7 else VoltageBias(1e-2, rng.choice([0.0, 1.0]))
    here = device(nonmagnet, 10 ** rng.uniform(-6, 4), eta=rng.uniform(0.5, 2), magnetisation=rng.normal(size=3))
    field = Field(FIELDS, rng.normal(size=3))
    assert error(solve(here, drive, field), exact(here, drive, field)) < 1e-8
