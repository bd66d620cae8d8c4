"""The device at which the claims are judged, the same junction on other nonmagnets, and devices drawn at random within the law."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...configuration import Configuration, ConfigurationError, build
from ...physics import Device, Field
from .pure_numbers import Point, PureModel

#: Geometries in which every claim is judged, and those a device may have.
GEOMETRIES = ("lumped", "diffusive", "film")
MODELS = (*GEOMETRIES, "drift")
#: A film's thickness where the device has none, d/λ_s.
FILM = 0.5
#: Devices drawn at random, and the seed of the draw.
DRAWN, SEED = 20_000, 112056602
#: From where to where they are drawn, even in the logarithm; τ_Q/τ_s up to SLOW where spin heat may outlive the spins.
DRAWN_MISMATCH, DRAWN_ALPHA, DRAWN_TAU_RATIO, SLOW = (1e-3, 1e3), (1e-1, 1e2), (1e-3, 1.0), 1e3
#: Points of a map along each axis.
PIXELS = 200
#: A barrier so resistive that nothing flows back, as r_s/R_tun.
OPEN = 1e-12


@dataclass(frozen=True)
class Case:
    """A device in one geometry: its model and its pure numbers.

    Attributes:
        model: geometry and bias.
        point: the pure numbers, all of them numbers.
        alpha_factor: α over that of the geometry; None where the two are independent.
        P_L: polarisation of L.
        P_kappa_is_P_G: whether P_κ follows P_G.
    """

    model: PureModel
    point: Point
    alpha_factor: float | None
    P_L: float
    P_kappa_is_P_G: bool

    def at(self, **changes: Any) -> Point:
        """The device with some numbers changed, [...] each; what follows from them follows: P_κ, α, and with `S` P_L S."""
        if "P_G" in changes and "P_kappa" not in changes and self.P_kappa_is_P_G:
            changes["P_kappa"] = changes["P_G"]
        if "S" in changes and "P_L_S" not in changes:
            changes["P_L_S"] = self.P_L * np.asarray(changes["S"])
        if ("tau_ratio" in changes or "size" in changes) and "alpha" not in changes and self.alpha_factor is not None:
            ratio, size = changes.get("tau_ratio", self.point.tau_ratio), changes.get("size", self.point.size)
            changes["alpha"] = self.alpha_factor * self.model.alpha(ratio, size)
        return self.point._replace(**changes)

    @property
    def S_edge(self) -> float:
        """The largest |S|/√L_0 that the second law allows at this P_L; infinity for none."""
        return float(edge(self.point, self.P_L))


@dataclass(frozen=True)
class Study:
    """What the claims are judged at.

    Attributes:
        name: of the configuration.
        own: the device's own geometry, a key of `cases`.
        cases: by geometry; the junction, τ_s, τ_Q and r_s are the same in all.
        root_L_0: √L_0 [V/K].
        driving: the voltage that drives the junction, R_tun I or V [V].
        pixels: points of a map along each axis.
    """

    name: str
    own: str
    cases: Mapping[str, Case]
    root_L_0: float
    driving: float
    pixels: int = PIXELS

    @property
    def case(self) -> Case:
        """The device itself."""
        return self.cases[self.own]

    @property
    def point(self) -> Point:
        """The device's pure numbers."""
        return self.case.point

    @property
    def model(self) -> PureModel:
        """The device's geometry and bias."""
        return self.case.model

    @property
    def sign(self) -> float:
        """The sign of S, which maps by |S| keep."""
        return -1.0 if self.point.S < 0 else 1.0

    def rows(self, panels: "Callable[[Study], tuple[Any, ...]]") -> dict[str, tuple[Any, ...]]:
        """Panels for every geometry, as if it were the device's own; the own comes first."""
        return {name: panels(replace(self, own=name)) for name in (self.own, *(name for name in self.cases if name != self.own))}

    def each(self, compute: Callable[[Case], Mapping[str, Any]]) -> dict[str, dict[str, float]]:
        """A table: numbers for every geometry."""
        return {name: {key: float(value) for key, value in compute(case).items()} for name, case in self.cases.items()}


def edge(point: Point, P_L: Any) -> Any:
    """The largest |S|/√L_0 that the second law allows a junction of polarisation P_L [...]; infinity for none."""
    found = []
    for sign, room in zip((1, -1), point.room, strict=True):
        share = np.abs(1 + sign * np.asarray(P_L, dtype=float))
        found.append(np.where(share > 0, room / np.where(share > 0, share, 1.0), math.inf))
    # A hair inside, so that rounding leaves it allowed.
    return np.minimum(*np.broadcast_arrays(*found)) * (1 - 1e-12)


def study_of(configuration: Configuration) -> Study:
    """The device of a configuration, ready to be judged.

    Raises:
        ConfigurationError: a configuration to which the claims do not apply, with what to do.
    """
    _require_applicable(configuration)
    assert configuration.junction.P_L is not None
    setup = build(configuration)
    device, drive, field = setup.device, setup.device.injector.drive, setup.field
    _require_direction(configuration, device, field)
    junction, nonmagnet = device.injector.junction, device.nonmagnet
    root_L_0 = math.sqrt(float(device.L_0))
    V = float(replace(drive, Delta_T_0=0.0).open_voltage(junction))  # type: ignore[call-arg]
    if V == 0:
        raise ConfigurationError(
            "drive: nothing is driven: the claims are about an electrically driven junction: give I, or V, other than 0"
        )
    if float(junction.P_G_G) == 0 and float(junction.P_L_L) == 0:
        raise ConfigurationError("junction: without P_G and P_L S there is no signal for the claims to be about: give one of them")
    own, size = configuration.nonmagnet.model, _size(nonmagnet)
    P_G, P_kappa = float(junction.P_G), float(junction.P_kappa)
    point = Point(
        mismatch=float(device.mismatch_s),
        P_G=P_G,
        P_L_S=float(junction.P_L_S) / root_L_0 + 0.0,  # no −0
        S=float(junction.S) / root_L_0 + 0.0,
        wiedemann_franz=float(junction.kappa_el / (device.L_0 * junction.T_0 * junction.G)),
        P_kappa=P_kappa,
        alpha=float(device.alpha),
        tau_ratio=float(nonmagnet.tau_Q / nonmagnet.tau_s),
        eta_mix=float(junction.eta_mix),
        heating=root_L_0 * float(drive.Delta_T_0) / V,
        size=size,
    )
    P_L = configuration.junction.P_L.value
    cases = {}
    for geometry in dict.fromkeys((*GEOMETRIES, own)):
        is_own = geometry == own
        back = configuration.nonmagnet.value_of("back") if is_own and geometry == "film" else "reflecting"
        model = PureModel(geometry, back or "reflecting", drive.feeds_back)
        own_size = size if is_own else FILM if geometry == "film" else 1.0
        natural_alpha = float(model.alpha(point.tau_ratio, own_size))
        alpha = point.alpha if is_own else natural_alpha
        factor = None if is_own and geometry == "lumped" else alpha / natural_alpha
        own_point = point._replace(alpha=alpha, size=own_size)
        cases[geometry] = Case(model, own_point, factor, P_L, math.isclose(P_G, P_kappa, abs_tol=1e-12))
    return Study(configuration.name, own, cases, root_L_0, V, PIXELS)


def _require_applicable(configuration: Configuration) -> None:
    model, nonmagnet, junction, field = configuration.nonmagnet.model, configuration.nonmagnet, configuration.junction, configuration.field
    if model not in MODELS:
        raise ConfigurationError(
            f'nonmagnet.model = "{model}": the claims are about one contact that injects evenly: take one of {", ".join(MODELS)}'
        )
    if not configuration.has_heat or junction.P_L is None:
        raise ConfigurationError("junction.S: the claims are about spin heat: give S, P_L, and tau_Q, T_0 and alpha of the nonmagnet")
    if configuration.is_open:
        raise ConfigurationError("junction.R_tun = inf: the claims are about finite voltages too: give R_tun, such as a million times r_s")
    if field.kind in ("angle", "path"):
        raise ConfigurationError("field: turns along the sweep: the claims are about a sweep of the magnitude across the magnetisation")
    for section, key, given in (
        ("nonmagnet", "relaxation_s", nonmagnet.relaxation_s),
        ("nonmagnet", "relaxation_Q", nonmagnet.relaxation_Q),
        ("nonmagnet", "S_N", nonmagnet.value_of("S_N")),
        ("junction", "G_i", junction.G_i),
        ("field", "B_sat", field.B_sat),
        ("field", "exchange_field", field.exchange_field),
        ("field", "stray", field.stray),
    ):
        if given is not None:
            raise ConfigurationError(
                f"{section}.{key}: the claims are about a contact without it: take it out, as the setting {section}.{key}= does"
            )


def _require_direction(configuration: Configuration, device: Device, field: Field) -> None:
    if np.ndim(device.nonmagnet.g) or float(device.nonmagnet.g) == 0:
        raise ConfigurationError("nonmagnet.g: the claims are about spins that precess alike about every axis: give one number, not zero")
    if abs(float(device.injector.magnetisation @ field.direction)) > 1e-9:
        raise ConfigurationError("field: is not across the magnetisation, as the claims have it: set direction or theta so that it is")


def _size(nonmagnet: Any) -> float:
    """The size that a film has, or how far it drifts, in pure numbers."""
    if hasattr(nonmagnet, "thickness"):
        return float(nonmagnet.thickness / nonmagnet.material.lambda_s)
    if hasattr(nonmagnet, "velocity"):
        return float(nonmagnet.velocity * nonmagnet.material.lambda_s / (2 * nonmagnet.material.D))
    return 1.0


def drawn(count: int = DRAWN, *, heated: bool = False, slow_heat: bool = False) -> Point:
    """Devices drawn evenly within the second law, the same ones every time, [count].

    P_G from −1 to 1; S↑ and S↓ from −√L_0 to √L_0, independent, with κ_σ = L_0 T_0 G_σ; r_s/R_tun, α and τ_Q/τ_s even in the
    logarithm over DRAWN_MISMATCH, DRAWN_ALPHA and DRAWN_TAU_RATIO, τ_Q/τ_s up to SLOW with `slow_heat`; η = 1;
    √L_0 ΔT_0/(R_tun I) from −1 to 1 if `heated`, else 0.
    """
    draw = np.random.default_rng(SEED)
    P_G, S_up, S_down = (draw.uniform(-1, 1, count) for _ in range(3))

    def even_in_the_logarithm(low: float, high: float) -> np.ndarray:
        return np.asarray(10 ** draw.uniform(math.log10(low), math.log10(high), count))

    mismatch, alpha = even_in_the_logarithm(*DRAWN_MISMATCH), even_in_the_logarithm(*DRAWN_ALPHA)
    tau_ratio = even_in_the_logarithm(DRAWN_TAU_RATIO[0], SLOW if slow_heat else DRAWN_TAU_RATIO[1])
    heating = draw.uniform(-1, 1, count)
    up, down = S_up * (1 + P_G) / 2, S_down * (1 - P_G) / 2
    return Point(
        mismatch=mismatch,
        P_G=P_G,
        P_L_S=up - down,
        S=up + down,
        P_kappa=P_G,
        alpha=alpha,
        tau_ratio=tau_ratio,
        heating=heating if heated else np.zeros(count),
    )
