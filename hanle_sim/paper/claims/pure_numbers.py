"""The exact closed form over many devices at once, in pure numbers: what every claim is held against.

Lengths of time are in τ_s, signals in I r_s, Seebeck coefficients in √L_0; so r_s = τ_s = T_0 = L_0 = I = 1, and a device is a
handful of pure numbers. The physics is that of `junction`, `nonmagnets` and `solvers`; nothing of it stands here again.
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

from ...observables.half_width import HALF, MANY, omega_of_width
from ...observables.lorentzian_fit import Line, best_line, misfit, stationary
from ...physics.contact import Contact
from ...physics.device import Device
from ...physics.dimensionless import NaturalUnits
from ...physics.drives import CurrentBias, VoltageBias
from ...physics.field import Field
from ...physics.junction import Junction
from ...physics.nonmagnets import AbstractExtended, AbstractNonmagnet, Diffusive, Drift, Film, Lumped
from ...physics.nonmagnets.material import Material
from ...solvers.closed import modes, one_contact
from ...solvers.closed.precession import precession

Array = Any
#: Which of Eq. (6)'s terms: the weights of the Δμ and of the ΔT_s term.
TERMS = {"total": (1.0, 1.0), "spin": (1.0, 0.0), "heat": (0.0, 1.0)}
#: Devices in one call of a compiled kernel.
BATCH = 400
#: Points of a least-squares reading from B = 0 to the edge of its window.
FIT_POINTS = 101
# Where a half width may lie, in ln ω_Lτ_s: the same for all devices, so that equal ones have equal widths to the last digit.
_WIDTH_RANGE = (-9 * math.log(10), 21 * math.log(10))
# Where a least-squares reading may lie, in 1/window; points of the grid that is searched, and how often it narrows.
_FIT_RANGE, _FIT_SEARCH = (1e-2, 1e4), (48, 5)


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

    def flat(self) -> "Point":
        """The same with every number an array [n]."""
        return Point(*(np.ravel(one).astype(float) for one in np.broadcast_arrays(*map(np.asarray, self))))

    @property
    def margin(self) -> Array:
        """Second-law margin, min over σ of 1 − L_σ² T_0/(κ_σ G_σ); negative for devices that can't exist."""
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = []
            for sign in (1, -1):
                L = np.asarray(self.S) + sign * np.asarray(self.P_L_S)
                room = np.asarray(self.wiedemann_franz) * (1 + sign * np.asarray(self.P_kappa)) * (1 + sign * np.asarray(self.P_G))
                shares.append(np.where(L == 0, 0.0, L**2 / room))
        return 1 - np.maximum(*np.broadcast_arrays(*shares))


@dataclass(frozen=True)
class Kernel:
    """A geometry under a bias: from `Point`s to observables.

    Attributes:
        model: "lumped", "diffusive", "film" or "drift".
        back: of a film, "reflecting" or "absorbing".
        feeds_back: constant current; else constant voltage, V = R_tun.
    """

    model: str
    back: str = "reflecting"
    feeds_back: bool = True

    def _material(self, tau_ratio: Array) -> Material:
        return Material.from_wiedemann_franz(rho=1.0, D=1.0, tau_s=1.0, tau_Q=tau_ratio, T_0=1.0, L_0=1.0)

    def _unscaled(self, tau_ratio: Array, size: Array) -> AbstractNonmagnet:
        """The nonmagnet with the α of its geometry; well mixed means much thinner than λ."""
        if self.model == "lumped":
            return Lumped(1.0, tau_ratio, 1.0, tau_ratio)
        material = self._material(tau_ratio)
        if self.model == "diffusive":
            return Diffusive(material)
        return (
            Drift(material, 2 * size)
            if self.model == "drift"
            else Film(material, size, "absorbing" if self.back == "absorbing" else "reflecting")
        )

    def _natural(self, point: Point) -> NaturalUnits:
        G, S, P_L_S, kappa = point.mismatch, point.S, point.P_L_S, point.wiedemann_franz * point.mismatch
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
        nonmagnet = self._unscaled(point.tau_ratio, point.size)
        if isinstance(nonmagnet, AbstractExtended):
            nonmagnet = nonmagnet.with_resistances(r_s=1.0).with_resistances(r_Q=1 / point.alpha)
        else:
            nonmagnet = Lumped(1.0, 1 / point.alpha, 1.0, point.tau_ratio)
        Delta_T_0 = point.heating / point.mismatch
        # What current would flow, or does, without accumulation: one.
        drive = CurrentBias(1.0, Delta_T_0) if self.feeds_back else VoltageBias(1 / point.mismatch, Delta_T_0)
        return NaturalUnits.of(Device((Contact(junction, drive),), nonmagnet, L_0=1.0), Field(np.zeros(1)))

    def _signals(self, point: Point) -> Callable[[Array], tuple[Array, Array]]:
        """ω_Lτ_s [...] → the two terms of Eq. (6) in I r_s, [...] each, for b ⊥ m."""
        natural = self._natural(point)
        response, admittance = one_contact.prepared(natural)

        def signals(omega: Array) -> tuple[Array, Array]:
            spin, heat = one_contact.longitudinal(response, precession(response, admittance, omega, admittance.functions(omega)))
            return response.signal[0] * spin, response.signal[1] * heat

        return signals

    # What is computed of one device; `evaluate` does so for many.

    def _terms(self, point: Point) -> tuple[Array, Array]:
        return self._signals(point)(jnp.zeros(()))

    def _curve(self, point: Point, omega: Array) -> tuple[Array, Array]:
        return self._signals(point)(omega)

    def _width(self, point: Point, weights: Array) -> Array:
        natural = self._natural(point)
        response, admittance = one_contact.prepared(natural)
        weighted = dataclasses.replace(response, signal=(weights[0] * response.signal[0], weights[1] * response.signal[1]))
        return omega_of_width(weighted, admittance, natural, HALF, MANY, _WIDTH_RANGE)

    def _modes(self, point: Point) -> tuple[Array, Array]:
        found = modes.analyse(self._natural(point)).dressed
        return found.tau, found.weight

    def _alpha(self, tau_ratio: Array, size: Array) -> Array:
        nonmagnet = self._unscaled(tau_ratio, size)
        return nonmagnet.r_s / nonmagnet.r_Q

    # Many devices.

    def terms(self, point: Point, progress: Callable[[float], object] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The Δμ and the ΔT_s term of ΔV_Hanle at B = 0 [I r_s], shaped as the point's numbers."""
        return self._evaluate("_terms", point, (), progress)

    def curve(self, point: Point, omega: np.ndarray, progress: Callable[[float], object] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Both terms at fields ω_Lτ_s [fields], or [..., fields] for each device its own: [..., fields]."""
        shape = np.broadcast_shapes(*(np.shape(one) for one in point))
        return self._evaluate("_curve", point, (np.broadcast_to(omega, (*shape, np.shape(omega)[-1])),), progress)

    def width(self, point: Point, term: str = "total", progress: Callable[[float], object] | None = None) -> np.ndarray:
        """ω_Lτ_s at which a term, or the total, has first fallen to half of its value at B = 0; NaN where it never does."""
        shape = np.broadcast_shapes(*(np.shape(one) for one in point))
        return self._evaluate("_width", point, (np.broadcast_to(np.array(TERMS[term]), (*shape, 2)),), progress)

    def fit(
        self, point: Point, window: Any, *, term: str = "total", offset: bool = False, progress: Callable[[float], object] | None = None
    ) -> np.ndarray:
        """τ/τ_s of the Lorentzian that fits best, by least squares, over |ω_Lτ_s| ≤ window; amplitude and width are free, and with
        `offset` a constant.
        """
        shape = np.broadcast_shapes(np.shape(window), *(np.shape(one) for one in point))
        window = np.broadcast_to(window, shape)
        whole = Point(*(np.broadcast_to(one, shape) for one in point))
        spin, heat = self.curve(whole, window[..., None] * np.linspace(0.0, 1.0, FIT_POINTS), progress)
        curve = np.reshape(TERMS[term][0] * spin + TERMS[term][1] * heat, (-1, FIT_POINTS))
        found = _in_batches(_compiled_fit(), [curve, np.full(curve.shape[0], float(offset))])
        return np.asarray(found.reshape(shape) / window)

    def modes(self, point: Point) -> tuple[np.ndarray, np.ndarray]:
        """τ_k/τ_s and weights [I r_s] of the two dressed modes of lumped devices, [..., 2] each. Raises ValueError for others."""
        return self._evaluate("_modes", point, (), None)

    def spin_resistance(self, size: Any) -> np.ndarray:
        """r_s over ρ λ_s, of an extended geometry of a size, [...]."""
        with jax.enable_x64(True):
            return np.asarray(self._unscaled(1.0, np.asarray(size, dtype=float)).r_s)

    def alpha(self, tau_ratio: Any, size: Any = 1.0) -> np.ndarray:
        """α as the geometry has it: τ_s/τ_Q well mixed, λ_s/λ_Q semi-infinite."""
        with jax.enable_x64(True):
            tau_ratio, size = np.broadcast_arrays(np.asarray(tau_ratio, dtype=float), np.asarray(size, dtype=float))
            found = _compiled(self, "_alpha")(tau_ratio.ravel(), size.ravel())
            return np.broadcast_to(np.asarray(found), tau_ratio.size).reshape(tau_ratio.shape)

    def _evaluate(self, name: str, point: Point, extra: tuple[np.ndarray, ...], progress: Callable[[float], object] | None) -> Any:
        shape = np.broadcast_shapes(*(np.shape(one) for one in point))
        flat = point.flat()
        n = flat.mismatch.size
        arrays = [*flat, *(np.reshape(one, (n, *np.shape(one)[len(shape) :])) for one in extra)]
        function = _compiled(self, name)
        found = _in_batches(lambda *part: function(Point(*part[: len(flat)]), *part[len(flat) :]), arrays, progress)
        return jax.tree.map(lambda whole: whole.reshape((*shape, *whole.shape[1:])), found)


def _fit(curve: Array, offset: Array) -> Array:
    """ω_Lτ at the window's edge of the Lorentzian that fits best a curve at FIT_POINTS even fields from B = 0 to that edge."""
    omega = jnp.linspace(0.0, 1.0, FIT_POINTS)
    # A sweep from −B to +B counts every field but zero twice.
    left = functools.partial(misfit, counts=jnp.where(omega == 0, 1.0, 2.0), offset=offset)
    line = Line(lambda log_tau: 1 / (1 + (omega * jnp.exp(log_tau)) ** 2), *np.log(_FIT_RANGE))
    y = curve / curve[0]
    _, log_tau = best_line(y, line, left, *_FIT_SEARCH)
    return jnp.exp(stationary(jax.grad(lambda log_tau: left(y, line.at(log_tau))), log_tau))


def _in_batches(function: Callable[..., Any], arrays: list[np.ndarray], progress: Callable[[float], object] | None = None) -> Any:
    """A compiled function over arrays [n, ...], BATCH at a time, so that one compilation serves any number."""
    n, pieces = arrays[0].shape[0], []
    with jax.enable_x64(True), np.errstate(all="ignore"):
        for start in range(0, n, BATCH):
            index = np.minimum(np.arange(start, start + BATCH), n - 1)
            pieces.append(jax.tree.map(np.asarray, function(*(one[index] for one in arrays))))
            if progress is not None:
                progress(min(start + BATCH, n) / n)
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:n], *pieces)


@functools.cache
def _compiled_fit() -> Callable[..., Any]:
    return jax.jit(jax.vmap(_fit))


@functools.cache
def _compiled(kernel: Kernel, name: str) -> Callable[..., Any]:
    return jax.jit(jax.vmap(getattr(kernel, name)))
