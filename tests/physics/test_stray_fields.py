"""Fields that vary from place to place: against averages by dense quadratures of their own."""

import dataclasses
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest

from cases import configured
from device_cases import (
    DIRECTION,
    ISLAND,
    LAMBDA,
    NONMAGNET,
    TAU,
    TWISTED,
    UNIT,
    M,
    device,
    error_of_states,
    signal,
    states,
)
from device_oracle import HBAR, MU_B, applied_fields, biased, ports, precession_fields, rate, responses
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, VoltageBias, half_width, hanle_curve
from hanle_sim.configuration import ConfigurationError, build
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive
from hanle_sim.physics.stray import GaussianStray, Nodes, RoughnessStray, SampledStray
from hanle_sim.solvers import METHODS
from hanle_sim.solvers.stray_average import Average, average

# Stray fields: W averaged by dense quadratures of its own, V closed once.


def answers(here: Device, fields: np.ndarray) -> np.ndarray:
    """W of (m·u, m·T) = 2 W J in many local fields, [..., 3] → [..., 2, 2]; one point-like contact, η = 1, in SI."""
    j, m, nonmagnet = here.injector.junction, here.injector.magnetisation, here.nonmagnet
    size = np.linalg.norm(fields, axis=-1)
    cosine = np.where(size > 0, (fields @ m) / np.where(size > 0, size, 1.0), 1.0) ** 2

    def inverse(omega: np.ndarray) -> np.ndarray:
        z = [1 + 1j * omega * TAU, 1 + 1j * omega * TAU / 4]
        if isinstance(nonmagnet, Lumped):
            Y = z[0] / nonmagnet.r_s, z[1] / nonmagnet.r_Q
        else:
            bulk = nonmagnet.material
            Y = np.sqrt(z[0]) / (bulk.rho * LAMBDA), np.sqrt(z[1]) / (bulk.rho_Q * LAMBDA / 2)
        L = j.L_up + j.L_down
        a, d, b, c = Y[0] + j.G_up + j.G_down, Y[1] + j.kappa_up + j.kappa_down, -L, -L * j.T_0
        return np.moveaxis(np.array([[d, b * -1 + 0 * a], [-c + 0 * a, a]]) / (a * d - b * c), (0, 1), (-2, -1))

    still, turning = inverse(np.zeros(())).real, inverse(2 * MU_B / HBAR * size).real
    return cosine[..., None, None] * still + (1 - cosine)[..., None, None] * turning


def closing(here: Device, drive: AbstractDrive, W: np.ndarray) -> np.ndarray:
    """(m·u, m·T) of an averaged W, V closed once."""
    j = here.injector.junction
    G, dG, L, dL, dk = j.G_up + j.G_down, j.G_up - j.G_down, j.L_up + j.L_down, j.L_up - j.L_down, j.kappa_up - j.kappa_down
    c, thermal = np.array([dG, -dL * j.T_0]), np.array([dL, -dk]) * drive.Delta_T_0
    if isinstance(drive, VoltageBias):
        return 2 * W @ (c * drive.V + thermal)
    h = np.array([dG, -dL]) / G / 2
    V = ((drive.I - L * drive.Delta_T_0) / G + 2 * h @ W @ thermal) / (1 - 2 * h @ W @ c)
    return 2 * W @ (c * V + thermal)


def rule(mean: float, sigma: float, panels: int = 12, order: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """A Gaussian in panels that grow from B = 0 both ways: Gauss-Legendre in each."""
    if sigma == 0:
        return np.array([mean]), np.array([1.0])
    low, high = mean - 7.5 * sigma, mean + 7.5 * sigma
    edges = np.concatenate([-np.geomspace(100, 0.3, panels), np.geomspace(0.3, 100, panels)]) * UNIT
    edges = np.unique(np.concatenate([[low, high], np.linspace(low, high, panels), edges]))
    edges = edges[(edges >= low) & (edges <= high)]
    x, w = np.polynomial.legendre.leggauss(order)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    B = (middle[:, None] + half[:, None] * x).ravel()
    weights = (half[:, None] * w).ravel() * np.exp(-(((B - mean) / sigma) ** 2) / 2)
    return B, weights / weights.sum()


def gaussian(here: Device, mean: np.ndarray, sigma: tuple[float, ...], **sizes: int) -> np.ndarray:
    """W averaged over independent components, a plane of local fields at a time."""
    (x, wx), (y, wy), (z, wz) = (rule(mean[k], sigma[k], **sizes) for k in range(3))
    W = np.zeros((2, 2))
    for one, weight in zip(x, wx, strict=True):
        fields = np.stack(np.broadcast_arrays(one, y[:, None], z[None, :]), -1)
        W += weight * np.einsum("yz,yzij->ij", wy[:, None] * wz[None, :], answers(here, fields))
    return W


def hermite(sigma: float, order: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Local fields and their weights by Gauss-Hermite, for fields that vary less than the curve does."""
    x, w = np.polynomial.hermite_e.hermegauss(order)
    weights = np.einsum("i,j,k->ijk", w, w, w).ravel() / w.sum() ** 3
    kept = weights > 1e-14
    return np.stack(np.meshgrid(x, x, x, indexing="ij"), -1).reshape(-1, 3)[kept] * sigma, weights[kept] / weights[kept].sum()


def narrow(here: Device, mean: np.ndarray, sigma: float) -> np.ndarray:
    local, weights = hermite(sigma)
    return np.einsum("n,nij->ij", weights, answers(here, mean + local))


def isotropic(here: Device, mean: np.ndarray, sigma: float) -> np.ndarray:
    """W averaged over an isotropic Gaussian in polar coordinates about the mean, the azimuth by hand."""
    size = np.linalg.norm(mean)
    axis = mean / size if size else np.array([0.0, 0.0, 1.0])
    t, weight_t = np.polynomial.legendre.leggauss(120)
    edges = np.unique(np.concatenate([np.linspace(max(0.0, size - 8 * sigma), size + 8 * sigma, 40), np.geomspace(1e-3, 1e3, 60) * UNIT]))
    edges = edges[(edges >= max(0.0, size - 8 * sigma)) & (edges <= size + 8 * sigma)]
    x, w = np.polynomial.legendre.leggauss(10)
    r = ((edges[1:] + edges[:-1])[:, None] / 2 + np.diff(edges)[:, None] / 2 * x).ravel()
    weight = ((np.diff(edges)[:, None] / 2 * w).ravel() * r**2)[:, None] * weight_t
    weight = weight * np.exp(-(r[:, None] ** 2 + size**2 - 2 * r[:, None] * size * t) / (2 * sigma**2))
    weight /= weight.sum()
    c = (here.injector.magnetisation @ axis) ** 2
    share = np.sum(weight * (t**2 * c + (1 - t**2) * (1 - c) / 2), 1)  # of cos²θ at each size
    m = here.injector.magnetisation
    along, across = answers(here, r[:, None] * m), answers(here, r[:, None] * np.array([-m[1], m[0], 0.0]) / np.hypot(m[0], m[1]))
    return np.einsum("r,rij->ij", share, along) + np.einsum("r,rij->ij", weight.sum(1) - share, across)


def check_average(
    here: Device, drive: AbstractDrive, field: Field, brute: Callable[[np.ndarray], np.ndarray], *, numerical: bool = False
) -> Average:
    """Within the stated error, and within 1e-6 of the peak."""
    natural = NaturalUnits.of(here.under(drive), field)
    found = average(natural, METHODS["linear"], plain=True) if numerical else average(natural, METHODS["closed"])
    y = np.asarray(found.y) @ here.injector.magnetisation
    expected = np.array([closing(here, drive, brute(B)) for B in applied_fields(field)]) * np.array([1.0, natural.kelvin])
    error = np.max(abs(y - expected)) / np.max(abs(found.y))
    assert error <= max(found.error, 1e-9), (error, found.error)
    assert error <= 1e-6
    return found


STRAY_FIELDS = np.array([0.0, 0.7, -3.0, 30.0]) * UNIT


@pytest.mark.parametrize("name", ["lumped", "diffusive"])
@pytest.mark.parametrize("sigma", [0.3, 3.0, 30.0])
def test_isotropic_stray_fields(sigma: float, name: str):
    here = device(NONMAGNET[name], 1.0, M)
    field = Field(STRAY_FIELDS, DIRECTION, stray=GaussianStray(sigma * UNIT))
    brute = isotropic if sigma > 1 else narrow
    check_average(here, CurrentBias(1e7, 1.0), field, lambda B: brute(here, B, sigma * UNIT))


def test_dense_quadratures_agree():
    here = device(ISLAND, 1.0, M)
    mean = np.array([0.5, -0.2, 1.0]) * UNIT
    np.testing.assert_allclose(gaussian(here, mean, (2 * UNIT,) * 3, panels=6), isotropic(here, mean, 2 * UNIT), rtol=1e-7)


@pytest.mark.parametrize("name", ["lumped", "diffusive"])
@pytest.mark.parametrize("sigma", [(1.0, 0.0, 0.0), (0.0, 0.0, 20.0), (0.5, 0.0, 4.0), (0.0, 2.0, 2.0)])
def test_stray_fields_of_some_components(name: str, sigma: tuple[float, ...]):
    """Components that do not vary stay; against tensor products of Gauss-Legendre panels."""
    here = device(NONMAGNET[name], 1.0, M)
    scaled = tuple(one * UNIT for one in sigma)
    field = Field(STRAY_FIELDS, DIRECTION, stray=GaussianStray(np.array(scaled)))
    check_average(here, VoltageBias(1e-3, 1.0), field, lambda B: gaussian(here, B, scaled), numerical=True)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["lumped", "diffusive"])
@pytest.mark.parametrize("sigma", [(0.1, 5.0, 1.0)])
def test_anisotropic_stray_fields(name: str, sigma: tuple[float, ...]):
    here = device(NONMAGNET[name], 1.0, M)
    scaled = tuple(one * UNIT for one in sigma)
    field = Field(STRAY_FIELDS, DIRECTION, stray=GaussianStray(np.array(scaled)))
    check_average(here, CurrentBias(1e7), field, lambda B: gaussian(here, B, scaled, panels=8))


@pytest.mark.parametrize("amplitude", [0.5, 20.0])
def test_rough_interface(amplitude: float):
    """A e^(−2πh/Λ) (m cos φ + n sin φ), n the part of z across m."""
    here = device(ISLAND, 1.0, M)
    height, wavelength = 2e-9, 20e-9
    field = Field(STRAY_FIELDS, DIRECTION, stray=RoughnessStray(amplitude * UNIT, wavelength, height))
    m = here.injector.magnetisation
    n = np.array([0.0, 0.0, 1.0]) - m[2] * m
    n /= np.linalg.norm(n)
    phi = 2 * np.pi * (np.arange(20_000) + 0.37) / 20_000
    local = amplitude * UNIT * np.exp(-0.2 * np.pi) * (np.cos(phi)[:, None] * m + np.sin(phi)[:, None] * n)
    check_average(here, CurrentBias(1e7, 1.0), field, lambda B: answers(here, B + local).mean(0), numerical=True)


def samples(seed: int, sigma: float, count: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 3)) * sigma * UNIT


def test_one_voltage_closes_with_the_mean():
    """The mean over the local fields closes V; a mean of closed curves is another, by O(r_s/R_tun)."""
    local, gaps = samples(1, 2.0), []
    for x in (1e-3, 1e-2, 1.0):
        here = device(ISLAND, x, M)
        field = Field(STRAY_FIELDS, DIRECTION, stray=SampledStray(local))
        drive = CurrentBias(here.injector.junction.G)
        found = check_average(here, drive, field, lambda B, here=here: answers(here, B + local).mean(0), numerical=True)
        assert found.error == 0
        once = np.asarray(found.y)[:, 0] @ here.injector.magnetisation
        apart = [closing(here, drive, W) for W in answers(here, applied_fields(field)[1] + local)]
        gaps.append(abs(np.mean(apart, 0)[0] / once[1] - 1))
    assert gaps[1] / gaps[0] == pytest.approx(10, rel=0.1)
    assert gaps[2] > 0.01


@pytest.mark.parametrize(
    ("method", "bias"), [("linear", CurrentBias), ("linear", VoltageBias), pytest.param("closed", CurrentBias, marks=pytest.mark.heavy)]
)
def test_stray_fields_on_a_lateral_channel(method: str, bias: type[AbstractDrive]):
    """Both contacts are equipotentials: two voltages close with the means."""
    local = samples(2, 2.0, 5)
    here = device(NONMAGNET["lateral"], 1.0, M, TWISTED)
    drive = bias(1e-3, 1.0)
    field = Field(STRAY_FIELDS[1:3], DIRECTION, stray=SampledStray(local))
    natural = NaturalUnits.of(here.under(drive), field)
    found = states(natural, average(natural, METHODS[method], plain=method == "linear").y)
    expected = []
    with mp.workdps(25):
        for B in applied_fields(field):
            contacts = ports(here, drive, B, None)
            expected.append(biased(contacts, np.mean([responses(here, contacts, rate(here, B + one)) for one in local], 0)))
    assert error_of_states(found, np.array(expected)) <= 1e-10


def test_exchange_and_tilt_in_stray_fields():
    """Stray fields add to the applied and the exchange field, and do not turn the magnetisation."""
    local = samples(3, 1.0, 5)
    here, drive = device(ISLAND, 1.0, M), CurrentBias(1e7, 1.0)
    field = Field(STRAY_FIELDS[1:3], DIRECTION, 5.0 * UNIT, 0.7 * UNIT, SampledStray(local))
    natural = NaturalUnits.of(here.under(drive), field)
    found = states(natural, average(natural, METHODS["linear"], plain=True).y)
    expected = []
    with mp.workdps(25):
        for applied, B in zip(applied_fields(field), precession_fields(here, field), strict=True):
            contacts = ports(here, drive, applied, field.B_sat)
            expected.append(biased(contacts, np.mean([responses(here, contacts, rate(here, B + one)) for one in local], 0)))
    assert error_of_states(found, np.array(expected)) <= 1e-10


@pytest.mark.heavy
def test_hanle_broadens_and_inverts():
    """Isotropic stray fields: the peak is lower and broader, and rises towards the undisturbed one in a field along m."""
    here, m = device(ISLAND, 0.3), np.array([1.0, 0.0, 0.0])
    B, stray = np.array([0.0, 1.0, 3.0, 10.0, 300.0]) * UNIT, GaussianStray(np.full(3, UNIT))
    drive = CurrentBias(here.injector.junction.G)
    plain = signal(here, Field(B, np.array([0.0, 0.0, 1.0])))

    def read(direction: np.ndarray) -> np.ndarray:
        return np.asarray(hanle_curve(here.under(drive), Field(B, direction, stray=stray)).Delta_V_Hanle)

    across, inverted = read(np.array([0.0, 0.0, 1.0])), read(m)
    assert np.all(np.diff(inverted) > 0)
    assert np.all(np.diff(across) < 0)
    assert across[0] == pytest.approx(inverted[0], rel=1e-6)
    assert inverted[-1] == pytest.approx(plain[0], rel=1e-3)
    assert across[0] < 0.75 * plain[0]
    assert across[1] / across[0] > 1.2 * plain[1] / plain[0]


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["lumped", "lateral"])
def test_directions_of_isotropic_stray_fields(name: str):
    """Six directions at each size of the local field against a product of three components; and η ≠ 1, which needs the product."""
    here, drive = device(NONMAGNET[name], 1.0, M, TWISTED), CurrentBias(1e-3, 1.0)
    field = Field(STRAY_FIELDS[:3], DIRECTION, stray=GaussianStray(0.5 * UNIT))
    natural = NaturalUnits.of(here.under(drive), field)
    found = average(natural, METHODS["linear"], plain=True)
    product = dataclasses.replace(natural, stray=Weighted(*hermite(0.5 * UNIT)))
    np.testing.assert_allclose(found.y, average(product, METHODS["linear"], plain=True).y, rtol=0, atol=1e-6 * np.max(abs(found.y)))
    mixing = Device(
        Contact(
            Junction(*(getattr(here.injector.junction, k) for k in PER_SPIN), 300.0, eta_mix=2.0), magnetisation=here.injector.magnetisation
        ),
        ISLAND,
    )
    natural = NaturalUnits.of(mixing.under(CurrentBias(1e7)), field)
    product = dataclasses.replace(natural, stray=Weighted(*hermite(0.5 * UNIT)))
    found = average(natural, METHODS["closed"])
    np.testing.assert_allclose(found.y, average(product, METHODS["linear"], plain=True).y, rtol=0, atol=1e-6 * np.max(abs(found.y)))


PER_SPIN = ("G_up", "G_down", "L_up", "L_down", "kappa_up", "kappa_down")


class Weighted(SampledStray):
    """Local fields with weights of their own."""

    weights: np.ndarray

    def nodes(self, mean, m, width, level):
        return Nodes(self.values + mean[None, :], self.weights, self.weights)


@pytest.mark.heavy
def test_half_width_in_stray_fields():
    """Against the root of the dense average."""
    from scipy.optimize import brentq

    here, sigma = device(ISLAND, 0.3), 1.0 * UNIT
    drive = CurrentBias(here.injector.junction.G)

    def read(B: float) -> float:
        return closing(here, drive, isotropic(here, np.array([0.0, 0.0, B]), sigma)) @ np.array([0.25, 0.2 * 100e-6])

    expected = brentq(lambda B: read(B) - read(0.0) / 2, 0.1 * UNIT, 30 * UNIT, rtol=1e-10)
    found = half_width(here.under(drive), Field(np.zeros(1), np.array([0.0, 0.0, 1.0]), stray=GaussianStray(np.full(3, sigma))))
    assert found == pytest.approx(expected, rel=1e-5)
    assert found > 1.5 * half_width(here.under(drive), Field(np.zeros(1), np.array([0.0, 0.0, 1.0])))


@pytest.mark.parametrize("degree", [2, 4, 6])
@pytest.mark.parametrize("size", [0.0, 1e-3, 0.5, 3.0, 40.0])
def test_few_directions_have_the_moments_of_a_gaussian(degree: int, size: float):
    """⟨(a·B)^n⟩ of B = B_0 + σξ: n = 2, 4 and 6 are of that degree in the direction of the local field, whatever its size.

    The radial rule leaves out what lies beyond 6.5 σ.
    """
    rng = np.random.default_rng(degree)
    sigma, m = 0.7, np.array([1.0, 0.0, 0.0])
    for axis, a in rng.normal(size=(5, 2, 3)):
        mean = size * sigma * axis / np.linalg.norm(axis)
        nodes = GaussianStray(sigma).of_degree(degree).nodes(mean, m, 1e-2, 257)
        mu, s = float(a @ mean), sigma * float(np.linalg.norm(a))
        expected = {2: mu**2 + s**2, 4: mu**4 + 6 * mu**2 * s**2 + 3 * s**4, 6: mu**6 + 15 * mu**4 * s**2 + 45 * mu**2 * s**4 + 15 * s**6}
        assert nodes.weights @ (nodes.fields @ a) ** degree == pytest.approx(expected[degree], rel=3e-6)


# The plane of the magnetisation and z.


@pytest.mark.heavy
@pytest.mark.parametrize("tilt", [0.45, 1e-4])
def test_nothing_jumps_as_the_magnetisation_turns_towards_z(tilt: float):
    """Roughness, whose normal is z, against samples of its local fields; and an angle with a g tensor against its direction."""
    scan = np.linspace(0.999 * tilt, 1.001 * tilt, 3)  # 0.45 is where m_z passes 0.9
    found = []
    for angle in scan:
        m = np.array([np.sin(angle) * 0.8, np.sin(angle) * 0.6, np.cos(angle)])
        n = np.array([-np.cos(angle) * 0.8, -np.cos(angle) * 0.6, np.sin(angle)])
        phi = 2 * np.pi * np.arange(64) / 64
        local = 4e-3 * (np.cos(phi)[:, None] * m + np.sin(phi)[:, None] * n)
        drive, B, b = VoltageBias(1e-3), np.array([3e-3]), np.array([1.0, 0.0, 0.0])
        rough, sampled = (
            hanle_curve(device(ISLAND, m=m).under(drive), Field(B, b, stray=stray), "linear").Delta_V_Hanle
            for stray in (RoughnessStray(4e-3, 1e-7, 0.0), SampledStray(local))
        )
        np.testing.assert_allclose(rough, sampled, rtol=1e-6)
        np.testing.assert_allclose(Field.at_angle(B, 1.0, m).direction, np.cos(1.0) * m + np.sin(1.0) * n, atol=1e-12)
        found.append(float(rough[0]))
    assert abs(found[2] - found[0]) < 0.02 * abs(found[1])


def test_what_a_magnetisation_along_z_leaves_open_is_asked_for():
    z = np.array([0.0, 0.0, 1.0])
    rough = Field(np.zeros(1), np.array([1.0, 0.0, 0.0]), stray=RoughnessStray(4e-3, 1e-7, 0.0))
    with pytest.raises(ValueError, match="must not lie along the interface's normal, z"):
        hanle_curve(device(ISLAND, m=z).under(VoltageBias(1e-3)), rough)
    along = ("magnetisation=[0, 0, 1]", "theta=60 deg")
    build(configured("fig2", *along))  # alike across z: nothing to ask
    build(configured("fig2", *along, "relaxation_s=[[1, 0, 0], [0, 1, 0], [0, 0, 3]]"))
    for more in ("g=[[2, 0, 0], [0, 2.2, 0], [0, 0, 2]]", "relaxation_Q=[[1, 0, 0], [0, 1, 0.2], [0, 0.2, 3]]"):
        with pytest.raises(ConfigurationError, match=r"field\.theta: .* give field\.direction instead, or another magnetisation"):
            build(configured("fig2", *along, more))
