"""The finite volumes against exact solutions, and against themselves in time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from line_oracle import HBAR, MU_B, closing, exact, of_precession, solved, tunnel
from scipy.special import erf

from hanle_sim.device import Detector, Device, NaturalUnits
from hanle_sim.drive import AbstractDrive, CurrentBias, VoltageBias
from hanle_sim.field import Field
from hanle_sim.junction import Junction
from hanle_sim.material import Material
from hanle_sim.nonmagnets import AbstractNonmagnet, Contact, Diffusive, Drift, Film, Lateral
from hanle_sim.nonmagnets.graded import Graded, Layered
from hanle_sim.solvers import finite_volume
from hanle_sim.solvers._chain import build_chain
from hanle_sim.solvers._ladder import solve as solve_some
from hanle_sim.solvers._ladder import solve_everywhere

#: ω_Lτ_s up to 100 for τ_s = 1 ns.
FIELDS = np.array([0.0, 1e-4, -3e-3, 6e-3, 0.02, 0.1, 0.57])
LAMBDA = 1e-6
TENSOR = np.array([[1.4, 0.3, 0.0], [0.3, 0.9, -0.2], [0.0, -0.2, 0.6]])


def material(*, ratio: float = 0.5, rho: float = 1e-6, tau: float = 1e-9, **more: object) -> Material:
    """λ_s = 1 µm at τ = 1 ns, and λ_Q = ratio λ_s."""
    return Material.from_wiedemann_franz(rho=rho, D=1e-3, tau_s=tau, tau_Q=tau * ratio**2, T_0=300.0, **more)  # type: ignore[arg-type]


def device(nonmagnet: AbstractNonmagnet, x: float = 1.0, *, eta: float = 1.0, S: float = 100e-6, **more: object) -> Device:
    """A junction of R_tun = r_s/x."""
    junction = Junction.from_resistance(R_tun=nonmagnet.r_s / x, P_G=0.5, P_L=0.4, S=S, T_0=300.0, eta_mix=eta)
    if isinstance(nonmagnet, Lateral):
        more["detector"] = Detector(junction, np.array([1.0, 1.0, 0.0]))
    return Device(junction, nonmagnet, **more)  # type: ignore[arg-type]


def solve(device: Device, drive: AbstractDrive, field: Field, **options: object) -> np.ndarray:
    """u [V] and T [K] by finite volumes, [points, contacts, 2, 3]."""
    natural = NaturalUnits.of(device, drive, field)
    y = finite_volume.steady_state(natural, **options)  # type: ignore[arg-type]
    return y.reshape(field.B.size, -1, 2, 3) / np.array([1.0, natural.kelvin])[:, None]


def error(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference of u and of T at any contact, each relative to its own peak."""
    return float(np.max(np.max(abs(found - expected), (0, 3)) / np.max(abs(expected), (0, 3))))


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
    "contact": Contact(material(rho=100.0), 3 * LAMBDA),
    "narrow contact": Contact(material(rho=100.0, ratio=0.05), 1e-2 * LAMBDA),
    "wide contact": Contact(material(rho=100.0), 100 * LAMBDA),
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


def test_turned_magnetisation() -> None:
    """One magnetisation and one field direction for every point, as if each were solved alone."""
    here = device(NONMAGNETS["lateral"])
    field = Field(FIELDS, np.linspace(0.1, 1.0, 21).reshape(7, 3)[:, ::-1], B_sat=0.1)
    natural = NaturalUnits.of(here, CurrentBias(1e7), field)
    found = finite_volume.steady_state(natural, cells=8)
    for k in range(FIELDS.size):
        m = natural.device.magnetisation[k], natural.device.detector.magnetisation[k]
        alone = Device(here.junction, here.nonmagnet, m[0], detector=Detector(here.detector.junction, m[1]))
        one = NaturalUnits.of(alone, CurrentBias(1e7), Field(FIELDS[k : k + 1], field.direction[k]))
        np.testing.assert_allclose(found[k], finite_volume.steady_state(one, cells=8)[0], rtol=1e-10, atol=1e-12 * np.max(abs(found)))


@pytest.mark.parametrize("name", NONMAGNETS)
def test_order(name: str) -> None:
    """Errors fall as h², and the rest after extrapolation as h⁶."""
    here, drive, field = device(NONMAGNETS[name]), CurrentBias(1e7), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    natural = NaturalUnits.of(here, drive, field)
    expected = exact(here, drive, field)[:, 0] * np.array([1.0, natural.kelvin])[:, None]
    errors = [np.max(abs(y.reshape(FIELDS.size, -1, 2, 3)[:, 0] - expected)) for y in finite_volume.convergence(natural, cells=24)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.1)
    if errors[0] > 1e-4 * np.max(abs(expected)):
        left = [error(solve(here, drive, field, cells=cells)[:, :1], exact(here, drive, field)[:, :1]) for cells in (12, 24)]
        assert np.log2(left[0] / left[1]) > 5


@pytest.mark.parametrize("nonmagnet", [Diffusive, lambda bulk: Contact(bulk, 2 * LAMBDA)], ids=["diffusive", "contact"])
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


@pytest.mark.parametrize("nonmagnet", [Diffusive, lambda bulk: Contact(bulk, 2 * LAMBDA)], ids=["diffusive", "contact"])
def test_relaxation_tensors(nonmagnet: type[Diffusive]) -> None:
    """Against a matrix square root, with Im G↑↓ and a bulk Seebeck coefficient as well."""
    bulk = material(relaxation_s=TENSOR, relaxation_Q=np.diag([1.0, 2.0, 0.5]), S_N=80e-6)
    plain = device(nonmagnet(bulk), eta=1.7)
    junction = Junction(
        *(getattr(plain.junction, name) for name in ("G_up", "G_down", "L_up", "L_down", "kappa_up", "kappa_down", "T_0")),
        0.0,
        1.7,
        plain.junction.G,
    )
    here, field = Device(junction, plain.nonmagnet, np.array([1.0, 0.5, 0.0])), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    for drive in (CurrentBias(1e7, 1.0), VoltageBias(1e-2)):
        assert error(solve(here, drive, field), exact(here, drive, field)) < 1e-8


def test_elimination() -> None:
    """With drift, and sources in every node: against one dense solve."""
    natural = NaturalUnits.of(device(NONMAGNETS["drift away"]), CurrentBias(1e7), Field(FIELDS[2:4], np.array([0.3, 0.2, 1.0])))
    chain, rng = build_chain(natural, 6), np.random.default_rng(1)
    n, root = chain.x.shape[0], 3
    dense = np.zeros((2, n, 6, n, 6))
    for i in range(n):
        dense[:, i, :, i, :] += chain.shunt[i]
    for i in range(n - 1):
        for node, sign in ((i, 1), (i + 1, -1)):
            dense[:, node, :, i, :] += sign * chain.forward[i]
            dense[:, node, :, i + 1, :] -= sign * chain.backward[i]
    source = rng.normal(size=(n, 2, 6, 2))
    dense = dense.reshape(2, 6 * n, 6 * n)

    def expected(source: np.ndarray) -> np.ndarray:
        return np.linalg.solve(dense, source.transpose(1, 0, 2, 3).reshape(2, 6 * n, 2)).reshape(2, n, 6, 2).transpose(1, 0, 2, 3)

    np.testing.assert_allclose(solve_everywhere(chain, chain.shunt, source, root=root), expected(source), rtol=1e-10)
    some = np.where((np.arange(n) >= 2)[:, None, None, None] & (np.arange(n) < 5)[:, None, None, None], source, 0.0)
    np.testing.assert_allclose(solve_some(chain, chain.shunt, source[2:5], first=2, last=4), expected(some)[2:5], rtol=1e-10)


# JAX and derivatives.


GEOMETRIES = {
    "film": lambda size, D: Film(Material.from_wiedemann_franz(rho=1e-6, D=D, tau_s=1e-9, tau_Q=2.5e-10, T_0=300.0), size),
    "contact": lambda size, D: Contact(Material.from_wiedemann_franz(rho=100.0, D=D, tau_s=1e-9, tau_Q=2.5e-10, T_0=300.0), size),
}


def of_parameters(name: str, size: object, D: object, fields: object, **options: object) -> object:
    junction = device(NONMAGNETS[name]).junction
    here = Device(junction, GEOMETRIES[name](size, D), np.array([1.0, 0.2, 0.0]))
    natural = NaturalUnits.of(here, CurrentBias(1e7), Field(fields, np.array([0.3, 0.2, 1.0])))
    return finite_volume.steady_state(natural, **options)  # type: ignore[arg-type]


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

    forward = jax.jacfwd(along)(0.0)
    np.testing.assert_allclose(forward, difference, rtol=0, atol=1e-6 * np.max(abs(difference)))
    weights = np.cos(np.arange(forward.size)).reshape(forward.shape)
    reverse = jax.grad(lambda step: jnp.sum(weights * along(step)))(0.0)
    np.testing.assert_allclose(reverse, np.sum(weights * difference), rtol=1e-6)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["film", "contact"])
def test_derivatives(name: str) -> None:
    """JAX gives what NumPy gives; forward and reverse give what a central difference gives. With the size the mesh grows smoothly."""
    check_derivatives(name, 1.3 * LAMBDA, 1e-3, h=(1e-4 * LAMBDA, 0.0), cells=8, extrapolate=False)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["film", "contact"])
def test_derivatives_of_the_extrapolated(name: str) -> None:
    """With D the shape of the mesh changes, which isn't derived: the extrapolated solution doesn't depend on it."""
    check_derivatives(name, 1.3 * LAMBDA, 1e-3, h=(0.0, 1e-7), cells=40)


# In time.


@pytest.mark.parametrize(
    "name", ["diffusive", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("contact", "drift back", "lateral"))]
)
def test_integrated_steady_state(name: str) -> None:
    natural = NaturalUnits.of(device(NONMAGNETS[name]), CurrentBias(1e7), Field(FIELDS[1:5], np.array([0.3, 0.2, 1.0])))
    expected = finite_volume.steady_state(natural, cells=8, extrapolate=False)
    found = finite_volume.integrate_steady_state(natural, cells=8)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.max(abs(expected)))


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.heavy) for name in ("film", "contact", "lateral", "thinnest film")])
def test_transient_to_steady_state(name: str) -> None:
    """From rest to the steady state."""
    natural = NaturalUnits.of(device(NONMAGNETS[name]), CurrentBias(1e7), Field(FIELDS[2:4], np.array([0.3, 0.2, 1.0])))
    expected = finite_volume.steady_state(natural, cells=8, extrapolate=False)
    found = np.asarray(finite_volume.transient(natural, np.array([0.0, 1.0, 50.0]), cells=8, adjoint="forward"))
    assert not np.any(found[:, 0]) and np.max(abs(found[:, 1] - expected)) > 0.01 * np.max(abs(expected))
    np.testing.assert_allclose(found[:, 2], expected, rtol=0, atol=1e-7 * np.max(abs(expected)))


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["film", "contact", "lateral"])
def test_stays_in_the_steady_state(name: str) -> None:
    natural = NaturalUnits.of(device(NONMAGNETS[name]), CurrentBias(1e7), Field(FIELDS[2:4], np.array([0.3, 0.2, 1.0])))
    expected = finite_volume.steady_state(natural, cells=8, extrapolate=False)
    stays = finite_volume.transient(natural, np.array([0.3, 2.0]), natural, cells=8, adjoint="forward")
    np.testing.assert_allclose(stays, np.stack([expected, expected], 1), rtol=0, atol=1e-7 * np.max(abs(expected)))


@pytest.mark.heavy
def test_switched_on() -> None:
    """Without back-flow and field, u rises as erf √(t/τ_s) below a semi-infinite nonmagnet's contact, and as 1 − e^(−t/τ_s) in a film."""
    times = np.array([0.05, 0.3, 1.0, 3.0])
    for name, law in (("diffusive", erf(np.sqrt(times))), ("thinnest film", 1 - np.exp(-times))):
        natural = NaturalUnits.of(device(NONMAGNETS[name], 1e-9, S=0.0), CurrentBias(1e7), Field(np.zeros(1), np.array([0.0, 0.0, 1.0])))
        u = np.asarray(finite_volume.transient(natural, times, cells=120, adjoint="forward"))[0, :, 0, 0]
        steady = finite_volume.steady_state(natural, cells=120, extrapolate=False)[0, 0, 0]
        np.testing.assert_allclose(u / steady, law, atol=1e-4)


def test_rate_is_the_equations() -> None:
    """The profile of the steady state stands still, and its values at the contact are the steady state's."""
    natural = NaturalUnits.of(device(NONMAGNETS["lateral"]), CurrentBias(1e7), Field(FIELDS[:3], np.array([0.3, 0.2, 1.0])))
    x, y = finite_volume.profile(natural, cells=8)
    mean = finite_volume.steady_state(natural, cells=8, extrapolate=False)
    injector = np.argmin(abs(x - x[[0]] - (x[-1] - x[0] - LAMBDA) / 2), 0)  # the channel ends as far from both
    assert x.shape == y.shape[:2]
    np.testing.assert_allclose(y[injector, np.arange(3)], mean[:, 0], rtol=0, atol=1e-12 * np.max(abs(mean)))


@pytest.mark.heavy
@pytest.mark.parametrize("adjoint", ["forward", "reverse"])
def test_derivatives_of_transients(adjoint: str) -> None:
    """With respect to the current, in which everything is linear."""
    here, field, times = device(NONMAGNETS["film"]), Field(FIELDS[2:3], np.array([0.0, 0.0, 1.0])), jnp.array([0.5, 1.0])

    def u(current: jax.Array) -> jax.Array:
        natural = NaturalUnits.of(here, CurrentBias(current), field)
        return finite_volume.transient(natural, times, cells=6, adjoint=adjoint)[0, 1, 0, 0]

    derivative = jax.jacfwd if adjoint == "forward" else jax.grad
    np.testing.assert_allclose(derivative(u)(1e7) * 1e7, u(jnp.asarray(1e7)), rtol=1e-6)


@pytest.mark.heavy
def test_derivatives_of_the_integrated() -> None:
    """With respect to a film's thickness, by the implicit function theorem."""
    base, field, h = device(NONMAGNETS["contact"]).junction, Field(FIELDS[2:4], np.array([0.0, 0.0, 1.0])), 1e-4 * LAMBDA

    def u(size: object) -> jax.Array:
        natural = NaturalUnits.of(Device(base, GEOMETRIES["contact"](size, 1e-3)), CurrentBias(1e7), field)
        return finite_volume.integrate_steady_state(natural, cells=6)[:, 0, 1]

    difference = (u(LAMBDA + h) - u(LAMBDA - h)) / (2 * h)
    np.testing.assert_allclose(jax.jacfwd(u)(LAMBDA), difference, rtol=1e-6)
    np.testing.assert_allclose(jax.jacrev(u)(LAMBDA), difference, rtol=1e-6)


# Crowding.


def crowded(w: float, R_tun: float, leaves: str, against: str, P_G: float) -> float:
    """Voltage for w in λ and R_tun in R_sq λ², spin alone, B = 0."""
    nonmagnet = Contact(material(rho=100.0), w * LAMBDA)
    junction = Junction.from_resistance(R_tun=R_tun * 100.0 * LAMBDA**2, P_G=P_G, P_L=0.0, S=0.0, T_0=300.0)
    natural = NaturalUnits.of(Device(junction, nonmagnet), CurrentBias(1e5), Field(np.zeros(1), np.array([0.0, 0.0, 1.0])))
    if leaves == "nowhere":
        return float(P_G / 2 * finite_volume.steady_state(natural)[0, 0, 0])
    return float(finite_volume.crowded(natural, leaves=leaves, against=against)[0][0])  # type: ignore[arg-type]


def crowded_by_differences(w: float, R_tun: float, P_G: float, N: int = 300) -> tuple[float, float]:
    """V against the drain and against the far edge by plain second-order differences, in λ = R_sq = I = 1, one dense solve."""
    h, n = w / N, N + 1
    c, G = np.full(n, h), 1 / R_tun
    c[[0, -1]] /= 2
    stiffness = (np.diag([1.0, *[2.0] * (n - 2), 1.0]) - np.eye(n, k=1) - np.eye(n, k=-1)) / h
    outside, ground = np.zeros((n, n)), np.zeros((n, n))
    outside[0, 0] = outside[-1, -1] = 0.5
    ground[-1, -1] = 1.0
    C = np.diag(c)
    A = np.block(
        [
            [stiffness / 2 + C / 2 + outside + G / 2 * C, P_G * G * C, -P_G * G * c[:, None]],
            [P_G * G / 2 * C, stiffness + ground + G * C, -G * c[:, None]],
            [-P_G * G / 2 * c[None], -G * c[None], np.array([[G * w]])],
        ]
    )
    y = np.linalg.solve(A, np.concatenate([np.zeros(2 * n), [w]]))
    return y[-1] - y[2 * n - 1], y[-1] - y[n]


@pytest.mark.parametrize(("R_tun", "factor"), [(1.0, 1.2019), (0.1, 2.9707)])
def test_crowding_of_the_physics_note(R_tun: float, factor: float) -> None:
    """At w = 3λ the signal against the drain is 20 % off at R_tun = R_sq λ², and 3 times as large at a tenth of that."""
    uniform = crowded(3.0, R_tun, "nowhere", "", 0.5)
    signals = {
        (leaves, against): (crowded(3.0, R_tun, leaves, against, 0.5) - crowded(3.0, R_tun, leaves, against, 0.0)) / uniform
        for leaves, against in (("one", "drain"), ("one", "far"), ("one", "mean"), ("both", "drain"), ("both", "far"))
    }
    assert signals["one", "drain"] == pytest.approx(factor, abs=1e-3)
    assert signals["both", "drain"] == pytest.approx(signals["both", "far"], rel=1e-9)
    drain, far = (
        with_spin - without
        for with_spin, without in zip(crowded_by_differences(3.0, R_tun, 0.5), crowded_by_differences(3.0, R_tun, 0.0), strict=True)
    )
    assert signals["one", "drain"] / signals["one", "far"] == pytest.approx(drain / far, rel=2e-3)


def test_no_crowding_at_high_resistance() -> None:
    for against in ("drain", "far", "mean"):
        signal = crowded(1.0, 1e5, "one", against, 0.5) - crowded(1.0, 1e5, "one", against, 0.0)
        assert signal == pytest.approx(crowded(1.0, 1e5, "nowhere", "", 0.5), rel=1e-3)
    natural = NaturalUnits.of(device(NONMAGNETS["contact"], 1e-9), VoltageBias(1e-2), Field(FIELDS, np.array([0.3, 0.2, 1.0])))
    y = finite_volume.steady_state(natural)
    np.testing.assert_allclose(finite_volume.steady_state(natural, crowding=True), y, rtol=0, atol=1e-6 * np.max(abs(y)))
    np.testing.assert_allclose(finite_volume.crowded(natural)[0], 1e-2)


# Stacks and profiles.

COPPER = Material.from_wiedemann_franz(rho=3e-7, D=5e-3, tau_s=0.2e-9, tau_Q=0.1e-9, T_0=300.0)
STACKS = {
    "reflecting": Layered(((material(), 0.1 * LAMBDA), (COPPER, 0.5 * LAMBDA), (material(rho=4e-6, tau=5e-9), 2 * LAMBDA))),
    "absorbing": Layered(((material(), 0.1 * LAMBDA), (COPPER, LAMBDA)), "absorbing"),
    "infinite": Layered(((COPPER, 1e-3 * LAMBDA), (material(), None)), "infinite"),
}


def by_admittance(here: Device, drive: AbstractDrive, field: Field) -> np.ndarray:
    """u [V] and T [K] from the nonmagnet's own impedance, [points, 1, 2, 3]."""
    nonmagnet, found = here.nonmagnet, []
    for B in field.B:
        Y, omega = np.zeros((6, 6)), 2 * MU_B / HBAR * B
        spin = of_precession(lambda z: complex(1 + nonmagnet.admittance_change_s(z - 1)), omega, field.direction, nonmagnet.tau_s)
        heat = of_precession(lambda z: complex(1 + nonmagnet.admittance_change_Q(z - 1)), omega, field.direction, nonmagnet.tau_Q)
        Y[:3, :3], Y[3:, 3:] = spin / nonmagnet.r_s / 2, heat / nonmagnet.r_Q / 2
        N, per_volt, per_kelvin = tunnel(here.junction, here.magnetisation)
        V_0, h = closing(here.junction, here.magnetisation, drive)
        source = per_volt * V_0 + per_kelvin * drive.Delta_T_0
        found.append(solved(Y - N - np.outer(per_volt, h), source, np.sqrt(nonmagnet.r_s / nonmagnet.r_Q / 300.0)))
    return np.array(found).reshape(-1, 1, 2, 3)


@pytest.mark.parametrize("name", STACKS)
def test_layers(name: str) -> None:
    """The recursion of admittances against the finite volumes."""
    here, drive, field = device(STACKS[name]), CurrentBias(1e7, 1.0), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    assert error(solve(here, drive, field), by_admittance(here, drive, field)) < 1e-8


def test_layers_of_one_material() -> None:
    """Cut in two, a film is the same film; a last layer without end makes a semi-infinite nonmagnet."""
    bulk, q = material(), 1j * np.array([0.0, 0.3, 10.0])
    for one, cut in (
        (Film(bulk, LAMBDA), Layered(((bulk, 0.3 * LAMBDA), (bulk, 0.7 * LAMBDA)))),
        (Film(bulk, LAMBDA, "absorbing"), Layered(((bulk, 0.3 * LAMBDA), (bulk, 0.7 * LAMBDA)), "absorbing")),
        (Diffusive(bulk), Layered(((bulk, 0.3 * LAMBDA), (bulk, None)), "infinite")),
    ):
        np.testing.assert_allclose([cut.r_s, cut.r_Q], [one.r_s, one.r_Q], rtol=1e-13)
        np.testing.assert_allclose(cut.admittance_change_s(q), one.admittance_change_s(q), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(cut.admittance_change_Q(q), one.admittance_change_Q(q), rtol=1e-12, atol=1e-13)


def test_layers_rescaled() -> None:
    stack = STACKS["reflecting"]
    changed = stack.with_resistances(r_s=1e-12, r_Q=1e-7)
    np.testing.assert_allclose([changed.r_s, changed.r_Q], [1e-12, 1e-7], rtol=1e-13)
    natural = stack.rescaled(conductance=1e12, kelvin=1e-4, T_0=300.0, time=1e-9)
    np.testing.assert_allclose([natural.r_s, natural.tau_s], [stack.r_s * 1e12, 1.0], rtol=1e-13)
    np.testing.assert_allclose(natural.admittance_change_s(0.3j), stack.admittance_change_s(0.3j), rtol=1e-12)
    with pytest.raises(ValueError, match="admittance_change_s"):
        stack.admittance_length(1.0, LAMBDA)


DEPTH = 2 * LAMBDA


def graded(slope: float = 1.0) -> Graded:
    """Twice as resistive at the back as at the surface."""
    return Graded(
        thickness=DEPTH,
        rho=lambda x: 1e-6 * (1 + slope * x / DEPTH),
        rho_Q=lambda x: 1e-6 / (2.45e-8 * 300) * (1 + slope * x / DEPTH),
        D=lambda x: 1e-3 / (1 + slope * x / DEPTH),
        tau_s=lambda x: 1e-9 * (1 + slope * (x / DEPTH) ** 2 / 2),
        tau_Q=lambda x: 0.25e-9 * (1 + slope * (x / DEPTH) ** 2 / 2),
    )


@pytest.mark.heavy
def test_graded_like_thin_layers() -> None:
    """A smooth profile is the limit of ever thinner layers, with an error of second order; a flat one is a film."""
    drive, field = CurrentBias(1e7), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    film = device(Film(material(), DEPTH), eta=1.2)
    flat = Device(film.junction, graded(0.0), film.magnetisation)
    assert error(solve(flat, drive, field), solve(film, drive, field)) < 1e-8
    smooth = Device(film.junction, graded(), film.magnetisation)
    expected, errors = solve(smooth, drive, field), []
    for count in (64, 128):
        x = (np.arange(count) + 0.5) / count * DEPTH
        D, tau = 1e-3 / (1 + x / DEPTH), 1 + (x / DEPTH) ** 2 / 2
        layers = [
            (
                Material.from_wiedemann_franz(rho=1e-6 * 1e-3 / D[k], D=D[k], tau_s=1e-9 * tau[k], tau_Q=0.25e-9 * tau[k], T_0=300.0),
                DEPTH / count,
            )
            for k in range(count)
        ]
        errors.append(error(by_admittance(Device(film.junction, Layered(tuple(layers)), film.magnetisation), drive, field), expected))
    assert errors[1] < 1e-4 and np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)


def test_graded_rescaled() -> None:
    film = graded()
    np.testing.assert_allclose(film.r_s, 1e-12)
    assert film.with_resistances(r_s=3e-12).line().segments[0].coefficients_at(np.array([DEPTH])).rho == pytest.approx(6e-6)
    with pytest.raises(ValueError, match="finite_volume"):
        film.admittance_change_s(0.3j)
    with pytest.raises(ValueError, match="must be positive and finite"):
        graded(-2.0)


def test_refusals() -> None:
    natural = NaturalUnits.of(device(NONMAGNETS["film"]), CurrentBias(1e7), Field(FIELDS, np.array([0.0, 0.0, 1.0])))
    with pytest.raises(ValueError, match="cells = 1: must be 2 or more"):
        finite_volume.steady_state(natural, cells=1)
    with pytest.raises(ValueError, match="no way to crowd"):
        finite_volume.steady_state(natural, crowding=True)
    with pytest.raises(ValueError, match="rtol = 0"):
        finite_volume.transient(natural, np.array([1.0]), rtol=0.0)
    with pytest.raises(ValueError, match="increasing"):
        finite_volume.transient(natural, np.array([1.0, 0.5]))
    with pytest.raises(ValueError, match="adjoint"):
        finite_volume.transient(natural, np.array([1.0]), adjoint="backwards")


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(60))
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
        Contact(material(rho=100.0, **bulk), LAMBDA * 10 ** rng.uniform(-3, 2)),
        Lateral(
            material(rho=1e6, **bulk), LAMBDA * 10 ** rng.uniform(-2, 0.5), *((None, None) if seed % 12 < 6 else (LAMBDA, 0.1 * LAMBDA))
        ),
    )[kind]
    drive = CurrentBias(1e7, rng.choice([0.0, 1.0])) if rng.random() < 0.7 else VoltageBias(1e-2, rng.choice([0.0, 1.0]))
    here = device(nonmagnet, 10 ** rng.uniform(-6, 4), eta=rng.uniform(0.5, 2), magnetisation=rng.normal(size=3))
    field = Field(FIELDS, rng.normal(size=3))
    assert error(solve(here, drive, field), exact(here, drive, field)) < 1e-8
