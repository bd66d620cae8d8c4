"""The exact curve as a function of a few pure numbers, for many devices at once: what every claim is held against.

Times are in τ_s, signals in I r_s, Seebeck coefficients in √L_0; so r_s = τ_s = T_0 = L_0 = I = 1. The field is across the magnetisation.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...model import rational
from ...model.batch import in_batches
from ...model.signal import terms_of
from ...observables.half_width import HALF, lumped_omega_of_width, omega_of_width
from ...observables.lorentzian_fit import misfit, stationary
from ...physics import Contact, CurrentBias, Device, Field, Junction, NaturalUnits, VoltageBias
from ...physics.nonmagnets import AbstractExtended, Diffusive, Drift, Film, Lumped
from ...physics.nonmagnets.material import Material
from ...solvers import closed
from ...solvers.closed.modes import FallenQuotient, mode_split

Array = Any
#: Which of Eq. (6)'s terms: the weights of the Δμ and of the ΔT_s term.
TERMS = {"total": (1.0, 1.0), "spin": (1.0, 0.0), "heat": (0.0, 1.0)}
#: Devices in one call of a compiled function.
BATCH = 400
#: Points of a least-squares reading from B = 0 to the edge of its window.
FIT_POINTS = 101
# Where a half width may lie, in ln ω_Lτ_s: the same for all devices, so that equal ones have equal widths to the last digit; and points
# of the grid on which it is searched, and how often.
_WIDTH_RANGE, _WIDTH_SEARCH = (-9 * math.log(10), 21 * math.log(10)), (12, 2)
# ln τ among which a least-squares reading is searched, τ in 1/window.
_FIT_TRIALS = np.linspace(math.log(1e-2), math.log(1e4), 400)


class Point(NamedTuple):
    """A device in pure numbers; each a number, or an array of one shape with the others.

    Attributes:
        mismatch: r_s/R_tun.
        P_G: polarisation of the tunnel conductance.
        P_L_S: P_L S/√L_0.
        S: Seebeck coefficient of the junction, S/√L_0.
        wiedemann_franz: κ_el/(L_0 T_0 G), 1 by the Wiedemann-Franz law.
        P_kappa: polarisation of κ_el.
        alpha: α = r_s/(L_0 T_0 r_Q), Eq. (13).
        tau_ratio: τ_Q/τ_s.
        eta_mix: η = 2 Re G↑↓/G.
        heating: √L_0 ΔT_0/(R_tun I), the temperature difference across the junction.
        size: of the nonmagnet: d/λ_s of a film, vλ_s/2D of a drift, nothing of others.
    """

    mismatch: Array = 0.0
    P_G: Array = 0.0
    P_L_S: Array = 0.0
    S: Array = 0.0
    wiedemann_franz: Array = 1.0
    P_kappa: Array = 0.0
    alpha: Array = 1.0
    tau_ratio: Array = 1.0
    eta_mix: Array = 1.0
    heating: Array = 0.0
    size: Array = 1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """That of its numbers."""
        return np.broadcast_shapes(*map(np.shape, self))

    @property
    def room(self) -> tuple[Array, Array]:
        """√(κ_σ G_σ), to which the second law limits S (1 ± P_L), of spin up and spin down."""
        up, down = (
            np.sqrt(np.asarray(self.wiedemann_franz) * (1 + sign * np.asarray(self.P_kappa)) * (1 + sign * np.asarray(self.P_G)))
            for sign in (1, -1)
        )
        return up, down

    @property
    def margin(self) -> Array:
        """Second-law margin, min over σ of 1 − L_σ² T_0/(κ_σ G_σ); negative for devices that can't exist."""
        S, P_L_S = np.asarray(self.S), np.asarray(self.P_L_S)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = [np.where(L == 0, 0.0, (L / room) ** 2) for L, room in zip((S + P_L_S, S - P_L_S), self.room, strict=True)]
        return 1 - np.maximum(*np.broadcast_arrays(*shares))


@dataclass(frozen=True)
class PureModel:
    """A geometry under a bias: from `Point`s to observables.

    Attributes:
        geometry: "lumped", "diffusive", "film" or "drift".
        back: of a film, "reflecting" or "absorbing".
        feeds_back: constant current; else constant voltage, V = R_tun.
    """

    geometry: str
    back: Any = "reflecting"
    feeds_back: bool = True

    def _nonmagnet(self, tau_ratio: Array, size: Array) -> Any:
        """The nonmagnet with the α of its geometry; well mixed means much thinner than λ."""
        material = Material.from_wiedemann_franz(rho=1.0, D=1.0, tau_s=1.0, tau_Q=tau_ratio, T_0=1.0, L_0=1.0)
        if self.geometry == "film":
            return Film(material, size, self.back)
        if self.geometry == "drift":
            return Drift(material, 2 * size)
        return Diffusive(material) if self.geometry == "diffusive" else Lumped(1.0, tau_ratio, 1.0, tau_ratio)

    def natural(self, point: Point) -> NaturalUnits:
        """A device."""
        G, S, P_L_S, kappa = point.mismatch, point.S, point.P_L_S, point.wiedemann_franz * point.mismatch
        nonmagnet = self._nonmagnet(point.tau_ratio, point.size)
        if isinstance(nonmagnet, AbstractExtended):
            nonmagnet = nonmagnet.with_resistances(r_s=1.0).with_resistances(r_Q=1 / point.alpha)
        else:
            nonmagnet = Lumped(1.0, 1 / point.alpha, 1.0, point.tau_ratio)
        junction = Junction(
            G_up=G * (1 + point.P_G) / 2,
            G_down=G * (1 - point.P_G) / 2,
            L_up=-G * (S + P_L_S) / 2,
            L_down=-G * (S - P_L_S) / 2,
            kappa_up=kappa * (1 + point.P_kappa) / 2,
            kappa_down=kappa * (1 - point.P_kappa) / 2,
            T_0=1.0,
            eta_mix=point.eta_mix,
        )
        Delta_T_0 = point.heating / point.mismatch
        # What current would flow, or does, without accumulation: one.
        drive = CurrentBias(1.0, Delta_T_0) if self.feeds_back else VoltageBias(1 / point.mismatch, Delta_T_0)
        return NaturalUnits.of(Device((Contact(junction, drive),), nonmagnet, L_0=1.0), Field(np.zeros(1)))

    # What is computed of one device; `_evaluate` does so for many.

    def _quotients(self, point: Point) -> Array:
        natural = self.natural(point)
        return jnp.stack([rational.coefficients(natural, 1 / natural.larmor, TERMS[term]) for term in ("spin", "heat")])

    def _curve(self, point: Point, omega: Array) -> tuple[Array, Array]:
        return terms_of(self.natural(point), omega)

    def _width(self, point: Point, weights: Array) -> Array:
        natural = self.natural(point)
        response, admittance = closed.prepared(natural)
        weighted = dataclasses.replace(response, signal=(weights[0] * response.signal[0], weights[1] * response.signal[1]))
        return omega_of_width(weighted, admittance, natural, HALF, _WIDTH_SEARCH, _WIDTH_RANGE)

    def _alpha(self, point: Point) -> Array:
        nonmagnet = self._nonmagnet(point.tau_ratio, point.size)
        return nonmagnet.r_s / nonmagnet.r_Q

    # Many devices.

    def quotients(self, point: Point) -> np.ndarray:
        """n_0, n_1, n_2, d_1, d_2 of the Δμ and of the ΔT_s term of a lumped device in X = (ω_Lτ_s)² (`rational`), [2, 5, ...]."""
        return np.moveaxis(self._evaluate("_quotients", point), (-2, -1), (0, 1))

    def terms(self, point: Point) -> tuple[Array, Array]:
        """The Δμ and the ΔT_s term of ΔV_Hanle at B = 0 [I r_s], shaped as the point's numbers; there a nonmagnet is its r_s and r_Q."""
        spin, heat = PureModel("lumped", feeds_back=self.feeds_back).quotients(point)[:, 0]
        return spin, heat

    def curve(self, point: Point, omega: np.ndarray) -> tuple[Array, Array]:
        """Both terms at fields ω_Lτ_s [fields], or [..., fields] for each device its own: [..., fields]."""
        if self.geometry == "lumped":
            spin, heat = (rational.value(one[..., None], omega**2) for one in self.quotients(point))
            return spin, heat
        found: tuple[Array, Array] = self._evaluate("_curve", point, np.broadcast_to(omega, (*point.shape, np.shape(omega)[-1])))
        return found

    def width(self, point: Point, term: str = "total") -> Array:
        """ω_Lτ_s at which a term, or the total, has first fallen to half of its value at B = 0; NaN where it never does."""
        if self.geometry == "lumped":
            n_0, n_1, n_2, d_1, d_2 = self._quotient(point, term)
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(lumped_omega_of_width(FallenQuotient(n_0 * d_1 - n_1, n_0 * d_2 - n_2, d_1, d_2), HALF))
        return np.asarray(self._evaluate("_width", point, np.broadcast_to(np.array(TERMS[term]), (*point.shape, 2))))

    def fit(self, point: Point, window: Any, *, offset: bool = False) -> np.ndarray:
        """τ/τ_s of the Lorentzian that fits the total best, by least squares, over |ω_Lτ_s| ≤ window; amplitude and width are free, and
        with `offset` a constant.
        """
        shape = np.broadcast_shapes(np.shape(window), point.shape)
        window, whole = np.broadcast_to(window, shape), Point(*(np.broadcast_to(one, shape) for one in point))
        spin, heat = self.curve(whole, window[..., None] * np.linspace(0.0, 1.0, FIT_POINTS))
        with jax.enable_x64(True):
            found = in_batches(functools.partial(_fits, float(offset)), [np.reshape(spin + heat, (-1, FIT_POINTS))], BATCH)
        return np.asarray(found.reshape(shape) / window)

    def modes(self, point: Point) -> tuple[Array, Array]:
        """τ_k/τ_s and weights [I r_s] of the two modes of lumped devices, [..., 2] each."""
        tau, weight = mode_split(*self._quotient(point, "total"))
        return np.moveaxis(tau, 0, -1), np.moveaxis(weight, 0, -1)

    def spin_resistance(self, size: float) -> float:
        """r_s over ρ λ_s, of an extended geometry of a size."""
        return float(self._nonmagnet(1.0, size).r_s)

    def alpha(self, tau_ratio: Any, size: Any = 1.0) -> np.ndarray:
        """α as the geometry has it: τ_s/τ_Q well mixed, λ_s/λ_Q semi-infinite."""
        return np.asarray(self._evaluate("_alpha", Point(tau_ratio=tau_ratio, size=size)))

    def _quotient(self, point: Point, term: str) -> Array:
        """Five coefficients of a term or of the total, [5, ...]."""
        spin, heat = self.quotients(point)
        weights = TERMS[term]
        return [*(weights[0] * spin[:3] + weights[1] * heat[:3]), *spin[3:]]

    def _evaluate(self, name: str, point: Point, *extra: np.ndarray) -> Any:
        """One of the functions of a device for many, [...], compiled once."""
        shape = point.shape
        arrays = [np.broadcast_to(one, shape).ravel().astype(float) for one in point]
        arrays += [one.reshape(-1, *one.shape[len(shape) :]) for one in extra]
        with jax.enable_x64(True), np.errstate(all="ignore"):
            found = in_batches(_compiled(self, name), arrays, BATCH)
        return jax.tree.map(lambda whole: whole.reshape((*shape, *whole.shape[1:])), found)


@functools.cache
def _compiled(model: PureModel, name: str) -> Callable[..., Any]:
    numbers = len(Point._fields)
    return jax.jit(jax.vmap(lambda *arrays: getattr(model, name)(Point(*arrays[:numbers]), *arrays[numbers:])))


@jax.jit
def _fits(offset: Array, curves: Array) -> Array:
    """ω_Lτ at the window's edge of the Lorentzians that fit curves best, [curves]; FIT_POINTS even fields from B = 0, [curves, fields]."""
    omega = jnp.linspace(0.0, 1.0, FIT_POINTS)
    # A sweep from −B to +B counts every field but zero twice.
    counts = jnp.where(omega == 0, 1.0, 2.0)

    def line(log_tau: Array) -> Array:
        return 1 / (1 + (omega * jnp.exp(log_tau)) ** 2)

    def centred(y: Array) -> Array:
        return y - offset * (y @ counts)[:, None] / counts.sum()

    def best(curve: Array, start: Array) -> Array:
        slope = jax.grad(lambda log_tau: misfit(curve, line(log_tau), counts, offset))
        return jnp.exp(stationary(slope, start, _FIT_TRIALS[1] - _FIT_TRIALS[0]))

    # A Lorentzian leaves the least where it takes the most of a curve.
    curves = curves / curves[:, :1]
    lines = centred(jax.vmap(line)(_FIT_TRIALS))
    taken = (centred(curves) @ (counts[None, :] * lines).T) ** 2 / (lines**2 @ counts)[None, :]
    return jax.vmap(best)(curves, jnp.asarray(_FIT_TRIALS)[jnp.argmax(taken, -1)])
