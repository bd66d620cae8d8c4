"""What only the finite volumes solve: current that crowds, layers, and materials that vary."""

import numpy as np
import pytest

from hanle_sim import Contact
from hanle_sim.physics.device import Device
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive, CurrentBias, VoltageBias
from hanle_sim.physics.field import Field
from hanle_sim.physics.junction import Junction
from hanle_sim.physics.nonmagnets import Diffusive, Film, WideContact
from hanle_sim.physics.nonmagnets.graded import Graded
from hanle_sim.physics.nonmagnets.layered import Layered
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.solvers import volumes
from line_cases import FIELDS, LAMBDA, device, error, material, solve
from line_oracle import HBAR, MU_B, closing, of_precession, solved, tunnel

# Crowding.


def crowded(w: float, R_tun: float, leaves: str, against: str, P_G: float) -> float:
    """Voltage for w in λ and R_tun in R_sq λ², spin alone, B = 0."""
    nonmagnet = WideContact(material(rho=100.0), w * LAMBDA)
    junction = Junction.from_resistance(R_tun=R_tun * 100.0 * LAMBDA**2, P_G=P_G, P_L=0.0, S=0.0, T_0=300.0)
    natural = NaturalUnits.of(Device(Contact(junction), nonmagnet).under(CurrentBias(1e5)), Field(np.zeros(1), np.array([0.0, 0.0, 1.0])))
    if leaves == "nowhere":
        return float(P_G / 2 * volumes.steady_state(natural)[0, 0, 0])
    return float(volumes.crowded(natural, leaves=leaves, against=against)[0][0])  # type: ignore[arg-type]


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
    natural = NaturalUnits.of(
        device(WideContact(material(rho=100.0), 3 * LAMBDA), 1e-9).under(VoltageBias(1e-2)), Field(FIELDS, np.array([0.3, 0.2, 1.0]))
    )
    y = volumes.steady_state(natural)
    np.testing.assert_allclose(volumes.steady_state(natural, crowding=True), y, rtol=0, atol=1e-6 * np.max(abs(y)))
    np.testing.assert_allclose(volumes.crowded(natural)[0], 1e-2)


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
        N, per_volt, per_kelvin = tunnel(here.injector.junction, here.injector.magnetisation)
        V_0, h = closing(here.injector.junction, here.injector.magnetisation, drive)
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
    flat = Device(Contact(film.injector.junction, magnetisation=film.injector.magnetisation), graded(0.0))
    assert error(solve(flat, drive, field), solve(film, drive, field)) < 1e-8
    smooth = Device(Contact(film.injector.junction, magnetisation=film.injector.magnetisation), graded())
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
        errors.append(
            error(
                by_admittance(
                    Device(Contact(film.injector.junction, magnetisation=film.injector.magnetisation), Layered(tuple(layers))), drive, field
                ),
                expected,
            )
        )
    assert errors[1] < 1e-4 and np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)


def test_graded_rescaled() -> None:
    film = graded()
    np.testing.assert_allclose(film.r_s, 1e-12)
    assert film.with_resistances(r_s=3e-12).geometry().segments[0].coefficients_at(np.array([DEPTH])).rho == pytest.approx(6e-6)
    with pytest.raises(ValueError, match="finite_volume"):
        film.admittance_change_s(0.3j)
    with pytest.raises(ValueError, match="must be positive and finite"):
        graded(-2.0)
