"""Half widths, limits and what follows from them in devices without a plain line: against 6×6 solutions that scan both signs of B."""

import json
import math
from typing import Any

import jax
import mpmath as mp
import numpy as np
import pytest
from scipy.optimize import brentq

from cases import MODERATE, configured, standard
from derivative_cases import by_differences
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, VoltageBias, compare, half_width, simulate
from hanle_sim.configuration import build
from hanle_sim.numerics.interpreted import interpreted
from hanle_sim.observables.half_width import HALF, widths_or_nan
from hanle_sim.observables.line import LineShape
from hanle_sim.observables.two_lorentzians import two_lorentzians
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.nonmagnets import Film, Graded, Lateral
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.physics.stray import SampledStray
from hanle_sim.sensitivity_analysis import derivatives
from hanle_sim.sensitivity_analysis.observables import observables
from hanle_sim.solvers import Problem, closed
from oracle import HBAR, MU_B

TENSOR = np.array([[1.0, 0.2, -0.1], [0.2, 2.0, 0.3], [-0.1, 0.3, 3.0]])
HEAT = np.array([[0.7, 0.0, 0.1], [0.0, 1.5, 0.0], [0.1, 0.0, 1.0]])


class Oracle:
    """The Bloch equations of a lumped device, (6×6) y = −s in Eqs. (3)-(5), written once more; NumPy to scan, mpmath for limits."""

    def __init__(self, device: Device, drive: Any, field: Field) -> None:
        self.device, self.drive, self.field = device, drive, field

    def signal(self, B: float, local: Any = (0.0, 0.0, 0.0), digits: int = 0, tilted: bool = True) -> Any:
        n, j, field = self.device.nonmagnet, self.device.injector.junction, self.field
        m_0, b = np.asarray(self.device.injector.magnetisation), np.asarray(field.direction)
        m = m_0
        if field.B_sat is not None and tilted:
            across = B * (b - (b @ m_0) * m_0)
            size = np.linalg.norm(across)
            share = min(size / field.B_sat, 1.0)
            m = m_0 if size == 0 else math.sqrt(1 - share**2) * m_0 + share * across / size
        total = B * b + (field.exchange_field or 0.0) * m + np.asarray(local)
        g = np.asarray(n.g) if np.ndim(n.g) else n.g * np.eye(3)
        w = MU_B / HBAR * g @ total
        turn = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
        G, L, kappa = j.G_up + j.G_down, j.L_up + j.L_down, j.kappa_up + j.kappa_down
        dG, dL, dk, T_0 = j.G_up - j.G_down, j.L_up - j.L_down, j.kappa_up - j.kappa_down, j.T_0
        eta, mm, one = j.eta_mix, np.outer(m, m), np.eye(3)
        mixed = eta * one + (1 - eta) * mm
        turn_m = np.array([[0, -m[2], m[1]], [m[2], 0, -m[0]], [-m[1], m[0], 0]]) * (j.G_i or 0.0) / 2
        h, c, at_current = np.array([dG / G, -dL / G]) / 2, np.array([dG, -dL * T_0]), isinstance(self.drive, CurrentBias)
        V_0 = (self.drive.I - L * self.drive.Delta_T_0) / G if at_current else self.drive.V
        fed = np.outer(c, h) if at_current else np.zeros((2, 2))
        Gammas = [np.eye(3) if x is None else np.asarray(x) for x in (n.relaxation_s, n.relaxation_Q)]
        flow = [[-G / 2 * mixed + turn_m + fed[0, 0] * mm, L / 2 * mixed + fed[0, 1] * mm],
                [L * T_0 / 2 * mixed + fed[1, 0] * mm, -kappa / 2 * mixed + fed[1, 1] * mm]]  # fmt: skip
        r, tau = (n.r_s, n.r_Q), (n.tau_s, n.tau_Q)
        A, turning, s = np.zeros((6, 6)), np.zeros((6, 6)), np.zeros(6)
        for a in range(2):
            for k in range(2):
                A[3 * a : 3 * a + 3, 3 * k : 3 * k + 3] = 2 * r[a] * flow[a][k]
            A[3 * a : 3 * a + 3, 3 * a : 3 * a + 3] -= Gammas[a]
            turning[3 * a : 3 * a + 3, 3 * a : 3 * a + 3] = tau[a] * turn
            s[3 * a : 3 * a + 3] = 2 * r[a] * m * (c[a] * V_0 + (dL, -dk)[a] * self.drive.Delta_T_0)
        read = np.concatenate([h[0] * m, h[1] * m])
        scale = np.repeat([1.0, n.r_s / n.r_Q / T_0], 3) ** 0.5  # temperatures in volts
        if not digits:
            return read / scale @ np.linalg.solve(scale[:, None] * (A + turning) / scale, -scale * s)
        with mp.workdps(digits):  # of two matrices, since a sum in double precision would lose relaxation beside precession
            y = mp.lu_solve(mp.matrix(A.tolist()) + mp.matrix(turning.tolist()), mp.matrix((-s).tolist()))
            return float(sum(x * y for x, y in zip(read.tolist(), y, strict=True)))

    def limit(self) -> float:
        """The even part in a field of 10²⁰ T, to 80 digits, the magnetisation at rest."""
        return (self.signal(1e20, digits=80, tilted=False) + self.signal(-1e20, digits=80, tilted=False)) / 2

    def half_width(self, low: float = 1e-4, high: float = 1.0, points: int = 1200) -> float:
        """The smallest |B| of either sign, on a fine grid."""
        half = (self.signal(0.0) + self.limit()) / 2
        falling = self.signal(0.0) > half
        grid, found = np.geomspace(low, high, points), []
        for sign in (1, -1):
            values = np.array([self.signal(sign * B) - half for B in grid]) * (1 if falling else -1)
            if np.any(values <= 0):
                first = int(np.argmax(values <= 0))
                found.append(brentq(lambda B, sign=sign: self.signal(sign * B) - half, grid[first - 1], grid[first], rtol=1e-13))
        return min(found)


def tensors(m: Any, **more: Any) -> Device:
    """A lumped device with relaxation tensors, 1 and 0.25 ns."""
    junction = Junction.from_resistance(
        R_tun=50e-12, P_G=0.5, P_L=0.4, S=100e-6, T_0=300.0, eta_mix=more.pop("eta_mix", 1.0), G_i=more.pop("G_i", None)
    )
    plain = Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9, relaxation_s=TENSOR, relaxation_Q=HEAT, **more)
    return Device(Contact(junction, magnetisation=np.array(m)), plain)


CASES = {
    "tensor": (tensors([1.0, 0.0, 0.0]), CurrentBias(1e6), Field(np.zeros(1), np.array([1.0, 1.0, 1.0]))),
    "tensor, warm": (tensors([1.0, 0.2, 0.4], eta_mix=1.7, G_i=1e10), CurrentBias(1e6, 5.0), Field(np.zeros(1), np.array([0.3, -0.2, 1.0]))),
    "tensor, at voltage": (tensors([1.0, 0.2, 0.4]), VoltageBias(1e-3), Field(np.zeros(1), np.array([1.0, 0.0, 1.0]))),
    "g and relaxation": (
        tensors([1.0, 0.0, 0.0], g=np.array([[2.0, 0.3, 0.0], [0.1, 1.5, 0.0], [0.0, 0.4, 4.0]])),
        CurrentBias(1e6),
        Field(np.zeros(1), np.array([1.0, 0.5, 1.0])),
    ),
    "B_sat": (standard(), CurrentBias(1e6), Field(np.zeros(1), np.array([0.0, 0.0, 1.0]), B_sat=50e-3)),
    "exchange": (standard(), CurrentBias(1e6), Field(np.zeros(1), np.array([1.0, 0.0, 1.0]), exchange_field=20e-3)),
    "narrow": (standard(), CurrentBias(1e6), Field(np.zeros(1), np.array([1.0, 0.0, 0.1]), exchange_field=0.5)),
    "exchange, tilt": (standard(), CurrentBias(1e6), Field(np.zeros(1), np.array([1.0, 0.0, 1.0]), B_sat=0.1, exchange_field=-20e-3)),
    "G_i": (tensors([1.0, 0.2, 0.4], eta_mix=1.7, G_i=2e11), CurrentBias(1e6), Field(np.zeros(1), np.array([1.0, 0.0, 1.0]))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_limit_and_half_width_on_the_curve(name: str):
    device, drive, field = CASES[name]
    oracle = Oracle(device, drive, field)
    problem = Problem.of(device.under(drive), field)
    assert problem.exact.name == ("closed" if device.nonmagnet.is_isotropic and device.injector.junction.G_i is None else "linear")
    widths, limit = widths_or_nan(problem)
    assert limit == pytest.approx(oracle.limit(), rel=1e-12, abs=1e-15 * abs(oracle.signal(0.0)))
    assert widths[HALF] == pytest.approx(oracle.half_width(), rel=1e-8)
    assert half_width(device.under(drive), field) == widths[HALF]


def test_a_dip_that_just_reaches_the_half_level_is_found_between_the_points_of_the_grid():
    deep, shallow = (
        (standard().under(CurrentBias(1e6)), Field(np.zeros(1), np.array([0.0, 0.0, 1.0]), B_sat=B)) for B in (28.0724e-3, 28.0721e-3)
    )
    assert half_width(*deep) == pytest.approx(Oracle(deep[0], CurrentBias(1e6), deep[1]).half_width(13e-3, 14e-3, 8000), rel=1e-8)
    assert math.isnan(half_width(*shallow))


def test_the_half_width_of_many_local_fields_is_that_of_the_first_crossing_on_either_side():
    """Samples: narrow lines around each of their fields, and one curve that is not even in B."""
    values = np.array([[2e-3, 0.0, -80e-3], [-1e-3, 0.0, -90e-3], [0.0, 3e-3, -83e-3]])
    device, drive = standard(x=1e-9), VoltageBias(1e-3)  # at voltage, without back-flow: signals add up
    field = Field(np.zeros(1), np.array([0.3, 0.0, 1.0]), stray=SampledStray(values))
    oracle = Oracle(device, drive, Field(np.zeros(1), field.direction))

    def signal(B: float) -> float:
        return float(np.mean([oracle.signal(B, local=one) for one in values]))

    half, grid = (signal(0.0) + oracle.limit()) / 2, np.geomspace(1e-4, 1.0, 1200)
    rising = signal(0.0) < half
    found = []
    for sign in (1, -1):
        beyond = np.array([(signal(sign * B) >= half) == rising for B in grid])
        if beyond.any():
            first = int(np.argmax(beyond))
            found.append(brentq(lambda B, sign=sign: signal(sign * B) - half, grid[first - 1], grid[first], rtol=1e-12))
    assert half_width(device.under(drive), field) == pytest.approx(min(found), rel=1e-8)


def crossed(distance: Any) -> Device:
    """A lateral channel with m_1, m_2 and b in no plane."""
    material = Material.from_wiedemann_franz(rho=1e8, D=1e-3, tau_s=1e-9, tau_Q=0.25e-9, T_0=300.0)
    junction = Junction.from_resistance(R_tun=2e3, P_G=0.5, P_L=0.4, S=100e-6, T_0=300.0, per_area=False)
    detector = Contact(junction, magnetisation=np.array([0.3, -1.0, 0.2]))
    return Device((Contact(junction, CurrentBias(1e-5)), detector), Lateral(material, distance))


CROSSED = Field(np.zeros(1), np.array([0.2, 0.1, 1.0]))


def test_two_magnetisations_that_tell_the_sign_of_the_field():
    line = LineShape.of(Problem.of(crossed(1e-6), CROSSED))
    half, grid = (line.signal(np.zeros(1))[0] + line.limit) / 2, np.geomspace(1e-6, 1.0, 20001)
    rises = line.signal(np.zeros(1))[0] < half
    sides = [grid[np.argmax((line.signal(sign * grid) >= half) == rises)] for sign in (1, -1)]
    assert abs(sides[0] / sides[1] - 1) > 0.1
    assert half_width(crossed(1e-6), CROSSED) == pytest.approx(min(sides), rel=1e-3)


@pytest.mark.heavy
def test_that_half_width_can_be_differentiated():
    with jax.enable_x64(True):
        slope = float(interpreted(jax.grad(lambda distance: half_width(crossed(distance), CROSSED)))(1e-6))
    change = half_width(crossed(1.0001e-6), CROSSED) - half_width(crossed(0.9999e-6), CROSSED)
    assert slope == pytest.approx(change / 2e-10, rel=1e-6)


def film(**more: Any) -> Device:
    material = Material.from_wiedemann_franz(rho=1e-6, D=1e-3, tau_s=1e-9, tau_Q=0.25e-9, T_0=300.0, **more)
    nonmagnet = Film(material, 0.7e-6)
    junction = Junction.from_resistance(R_tun=2 * float(nonmagnet.r_s), P_G=0.5, P_L=0.4, S=100e-6, T_0=300.0, eta_mix=1.6)
    return Device(Contact(junction, magnetisation=np.array([1.0, 0.2, 0.0])), nonmagnet)


def graded() -> Device:
    def same(value: float) -> Any:
        return lambda depth: value + 0 * depth

    profiles = {"rho": same(1e-6), "rho_Q": same(1e-6 / (2.45e-8 * 300)), "D": same(1e-3), "tau_Q": same(0.25e-9)}
    nonmagnet = Graded(thickness=0.7e-6, tau_s=lambda depth: 1e-9 * (1 + depth / 0.7e-6), relaxation_s=TENSOR, **profiles)
    return Device(Contact(film().injector.junction, magnetisation=np.array([1.0, 0.2, 0.0])), nonmagnet)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("device", "exact"),
    [
        (film(relaxation_s=TENSOR, relaxation_Q=HEAT), "linear"),
        (film(relaxation_s=TENSOR, relaxation_Q=HEAT, S_N=60e-6), "finite_volume"),
        (film(S_N=60e-6), "finite_volume"),
        (graded(), "finite_volume"),
    ],
    ids=["tensors", "tensors, S_N", "S_N", "graded"],
)
def test_limit_where_no_closed_form_knows_the_curve(device: Device, exact: str):
    """A strong field leaves 1/√B of the signal and 1/B more: extrapolated from three fields."""
    drive, field = CurrentBias(1e6, 3.0), Field(np.zeros(1), np.array([1.0, 0.0, 1.0]))
    problem = Problem.of(device.under(drive), field)
    assert problem.exact.name == exact
    line = LineShape.of(problem)
    B = 1e3 * 4.0 ** np.arange(5)
    values = (line.signal(B) + line.signal(-B)) / 2
    for power in range(1, 5):
        values = (2.0**power * values[1:] - values[:-1]) / (2.0**power - 1)
    assert line.limit == pytest.approx(values[-1], rel=1e-6)
    width = half_width(device.under(drive), field)
    half = (line.signal(np.zeros(1))[0] + line.limit) / 2
    assert min(abs(line.signal(np.array([width, -width])) / half - 1)) < 1e-9


def read_off(preset: str, *settings: str) -> tuple[Any, dict[str, Any]]:
    found = derivatives(configured(preset, *settings))
    return found, {one.name: one for one in observables(found.model, found.exact)}


TENSOR_G = "g=[[2, 0, 0], [0, 2, 0], [0, 0, -4]]"


@pytest.mark.heavy
def test_a_g_tensor_counts_by_its_factor_along_the_field():
    """g = diag(2, 2, −4) along z is 4 in whatever is read off the width."""
    of_tensor, of_number = (compare("fig2", settings=(*MODERATE, "S=0", g)) for g in (TENSOR_G, "g=4"))
    for name in ("hwhm_T", "tau_lumped_s", "tau_diffusive_s", "tau_own_s", "curvature"):
        assert float(of_tensor[name][0]) == pytest.approx(float(of_number[name][0]), rel=1e-8), name
    summary = json.loads(simulate("fig2", settings=(*MODERATE, "S=0", TENSOR_G)).attrs["summary"])
    assert summary["tau_apparent_s"] == pytest.approx(float(of_number["tau_lumped_s"][0]), rel=1e-9)


@pytest.mark.parametrize("settings", [(TENSOR_G,), ("theta=50 deg", "g=[[2, 0.5, 0], [0.5, 1, 0], [0, 0, 4]]")])
def test_two_lorentzians_turn_about_the_axis_of_precession(settings: tuple[str, ...]):
    """Without back-flow Eq. (14)'s Lorentzians are the curve, g·b being the axis."""
    setup = build(configured("fig2", "R_tun=1 ohm m^2", "points=9", *settings))
    exact = closed.signal(NaturalUnits.of(setup.device, setup.field))
    np.testing.assert_allclose(sum(two_lorentzians(setup, setup.device.injector.drive.I).curves), exact, rtol=1e-9)


@pytest.mark.heavy
def test_gradients_on_the_side_where_the_curve_falls_first():
    found, by_name = read_off("fig2", *MODERATE, "exchange_field=5 mT", "theta=50 deg", "g=-2")

    def plain(setup: Any) -> np.ndarray:
        return np.array([half_width(setup.device, setup.field)])

    for index, parameter in enumerate(found.parameters):
        if parameter.name in ("exchange_field", "theta", "tau_s"):
            expected = by_differences(found.model.configuration, parameter, plain)[0] * parameter.scale
            assert by_name["hwhm"].gradient[index] * parameter.scale == pytest.approx(expected, rel=1e-6), parameter.name
