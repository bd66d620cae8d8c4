"""From a checked configuration to a device, its drive and its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import AnyArray, Scalar
from ..numerics.vectors import is_along_z, unit
from ..physics.device import Detector, Device
from ..physics.drives import AbstractDrive, CurrentBias, VoltageBias
from ..physics.field import Field
from ..physics.junction import Junction
from ..physics.nonmagnets import AbstractExtended, AbstractNonmagnet, Contact, Diffusive, Drift, Film, Lateral, Lumped
from ..physics.nonmagnets.material import Material
from ..physics.stray import AbstractStray, GaussianStray, RoughnessStray, SampledStray
from .components import components_of, is_list
from .contacts import JunctionSection
from .errors import ConfigurationError
from .field_tables import StraySection
from .fields import Quantity
from .schema import Configuration

#: Why numbers that are allowed one by one are refused together.
OUT_OF_RANGE = "the numbers leave the range of double precision: bring the parameters closer to 1 in SI"


@dataclass(frozen=True)
class Setup:
    """What a configuration describes, in SI."""

    device: Device
    drive: AbstractDrive
    field: Field


def build(configuration: Configuration, values: Mapping[str, Scalar] | None = None) -> Setup:
    """Device, drive and fields of a configuration.

    Arguments:
        configuration: a checked configuration.
        values: numbers to take instead of those written, by `section.key`, in the SI unit that the key was written in, of a list
            by `section.key_x` and the like; they may be traced, so that everything can be differentiated by every key.

    Raises:
        ConfigurationError: a device that breaks the second law, or that can't exist.
    """
    numbers = _Numbers(configuration, values or {})
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is not finite is refused below
            device, field = _device(configuration, numbers), _field(configuration, numbers)
            _require_axes(configuration, device, field)
            return Setup(device, _drive(configuration, numbers), field)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    except ArithmeticError:
        raise ConfigurationError(OUT_OF_RANGE) from None


class _Numbers:
    """Numbers of a configuration by `section.key`, None where a key was left out."""

    def __init__(self, configuration: Configuration, values: Mapping[str, Scalar]) -> None:
        self._configuration, self._values = configuration, values
        self.has_heat = configuration.has_heat

    def __call__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        return _plain(self._written(name))

    def _written(self, name: str) -> Any:
        found: Any = self._configuration
        for part in name.split("."):
            found = None if found is None else getattr(found, part)
        return found

    def listed(self, name: str) -> Any:
        """A key that is a list of numbers, nested as written; a key that is a single number as that."""
        found = self(name)
        if not is_list(found):
            return found
        section, _, key = name.rpartition(".")
        nested = [[_plain(one) for one in row] if is_list(row) else _plain(row) for row in found]
        for component in components_of(key, found):
            value = self._values.get(f"{section}.{component.name}")
            for place in component.places if value is not None else ():
                row = nested if len(place) == 1 else nested[place[0]]
                row[place[-1]] = value
        return nested

    def array(self, name: str) -> Any:
        """The same as an array, None where the key was left out."""
        nested = self.listed(name)
        return nested if nested is None else array_of(nested)

    def tied(self, section: str, key: str) -> Any:
        """A key of a junction; the detector's is the injector's where it was left out."""
        return self(f"{self._home(section, key)}.{key}")

    def direction(self, section: str) -> AnyArray:
        """A contact's magnetisation, [3]."""
        name = f"{self._home(section, 'magnetisation')}.magnetisation"
        return unit(name, self.array(name))

    def _home(self, section: str, key: str) -> str:
        return section if self._written(f"{section}.{key}") is not None else "junction"

    def per_area(self, section: str, key: str) -> Any:
        """A resistance in Ω m², whether it was given so or in Ω."""
        home = self._home(section, key)
        area = self.tied(section if section == "detector" else "junction", "contact_area")
        number, written = self(f"{home}.{key}"), self._written(f"{home}.{key}")
        return number * area if written is not None and written.unit == "ohm" else number


def _device(configuration: Configuration, numbers: _Numbers) -> Device:
    nonmagnet = _nonmagnet(configuration, numbers)
    injector = _junction(configuration.junction, "junction", numbers)
    m = numbers.direction("junction")
    if not isinstance(nonmagnet, Lateral):
        return Device(injector, nonmagnet, m, numbers("nonmagnet.L_0"))
    section = configuration.detecting
    detector = _junction(section, "detector", numbers).over(numbers.tied("detector", "contact_area"))
    turned = -m if configuration.nonmagnet.configuration == "antiparallel" else numbers.direction("detector")
    injector = injector.over(numbers("junction.contact_area"))
    return Device(injector, nonmagnet, m, numbers("nonmagnet.L_0"), Detector(detector, turned))


def _junction(section: JunctionSection, home: str, numbers: _Numbers) -> Junction:
    keys = ("P_G", "S", "P_L", "P_kappa", "kappa_el", "kappa_ph", "eta_mix", "G_i")
    given = {key: numbers.tied(home, key) for key in keys}
    S = given.pop("S")
    if not numbers.has_heat:  # without S nothing depends on them
        given |= {"P_kappa": None, "kappa_el": None}
    try:
        return Junction.from_resistance(
            R_tun=numbers.per_area(home, "R_tun"),
            S=0.0 if S is None else S,
            T_0=numbers("nonmagnet.T_0"),
            L_0=numbers("nonmagnet.L_0"),
            **given,
        )
    except ValueError as error:
        raise ConfigurationError(f"{home}: {str(error).removeprefix('junction: ')}") from None


def _nonmagnet(configuration: Configuration, numbers: _Numbers) -> AbstractNonmagnet:
    section = configuration.nonmagnet

    def number(key: str) -> Any:
        return numbers(f"nonmagnet.{key}")

    T_0, L_0, alpha, r_Q = number("T_0"), number("L_0"), number("alpha"), number("r_Q")
    r_s = None if section.r_s is None else numbers.per_area("nonmagnet", "r_s")
    tensors = {name: numbers.array(f"nonmagnet.{name}") for name in ("relaxation_s", "relaxation_Q")}
    g = numbers.array("nonmagnet.g")
    if section.model == "lumped" and not numbers.has_heat:
        return Lumped.of_spin(r_s=r_s, tau_s=number("tau_s"), g=g, relaxation_s=tensors["relaxation_s"])
    if section.model == "lumped":
        r_Q = r_Q if alpha is None else r_s / (L_0 * T_0 * alpha)
        return Lumped(r_s, r_Q, number("tau_s"), number("tau_Q"), g, **tensors)
    rho = number("rho") if section.rho is not None else number("R_sq")
    rho = 1.0 if rho is None else rho  # scaled to r_s below
    if section.model in ("contact", "lateral") and section.rho is not None:
        rho = rho / number("thickness")
    if section.model == "lateral":
        rho = rho / number("channel_width")
    tau_s = number("tau_s")
    if tau_s is None:
        tau_s = number("lambda_s") ** 2 / number("D")
    D = number("D") if section.D is not None else number("lambda_s") ** 2 / tau_s
    if numbers.has_heat:
        material = Material.from_wiedemann_franz(
            rho=rho, D=D, tau_s=tau_s, tau_Q=number("tau_Q"), T_0=T_0, L_0=L_0, g=g, S_N=number("S_N"), **tensors
        )
    else:
        material = Material.of_spin(rho=rho, D=D, tau_s=tau_s, g=g, relaxation_s=tensors["relaxation_s"])
    nonmagnet = _extended(section.model, section.back, material, number)
    if r_s is not None:
        nonmagnet = nonmagnet.with_resistances(r_s=r_s)
    if not numbers.has_heat:
        return nonmagnet
    if alpha is not None:
        r_Q = nonmagnet.r_s / (L_0 * T_0 * alpha)
    return nonmagnet if r_Q is None else nonmagnet.with_resistances(r_Q=r_Q)


def _extended(model: str, back: Any, material: Material, number: Any) -> AbstractExtended:
    if model == "diffusive":
        return Diffusive(material)
    if model == "film":
        return Film(material, number("thickness"), back)
    if model == "drift":
        return Drift(material, number("velocity"))
    if model == "contact":
        return Contact(material, number("contact_width"))
    return Lateral(material, number("distance"), number("left_end"), number("right_end"))


def _drive(configuration: Configuration, numbers: _Numbers) -> AbstractDrive:
    drive, Delta_T_0 = configuration.drive, numbers("drive.Delta_T_0")
    if drive.I is None:
        return VoltageBias(numbers("drive.V"), Delta_T_0)
    current = numbers("drive.I")
    if drive.I.unit == "A" and configuration.nonmagnet.model != "lateral":
        current = current / numbers("junction.contact_area")
    return CurrentBias(current, Delta_T_0)


def _field(configuration: Configuration, numbers: _Numbers) -> Field:
    section = configuration.field
    m = numbers.direction("junction")
    if section.kind == "path":
        plain = Field.path([[component.value for component in vector] for vector in section.path or ()])
    elif section.kind == "angle":
        theta = np.linspace(numbers("field.theta_start"), numbers("field.theta_stop"), section.points or 0)
        plain = Field.at_angle(numbers("field.B") * np.ones(theta.size), _within_a_turn(theta), m)
    else:
        if section.kind == "values":
            B = np.array([value.value for value in section.values or ()])
        else:
            B = np.linspace(numbers("field.start"), numbers("field.stop"), section.points or 0)
        plain = Field(B, np.array([0.0, 0.0, 1.0]) if section.direction is None else numbers.array("field.direction"))
        if section.theta is not None:
            plain = Field.at_angle(B, _within_a_turn(numbers("field.theta")), m)
    stray = None if section.stray is None else _stray(section.stray, numbers)
    return Field(plain.B, plain.direction, numbers("field.B_sat"), numbers("field.exchange_field"), stray)


def _within_a_turn(theta: Any) -> Any:
    """Angles that were written with their unit, less whole turns where they are beyond one."""
    return np.where(np.abs(theta) > 2 * np.pi, np.remainder(theta, 2 * np.pi), theta) if is_concrete(theta) else theta


def _require_axes(configuration: Configuration, device: Device, field: Field) -> None:
    """Refuse a magnetisation along z where the plane through both would have to say which way a field points."""
    m, section = np.asarray(device.magnetisation) if is_concrete(device.magnetisation) else None, configuration.field
    if m is None or not is_along_z(m):
        return
    if field.stray is not None:
        field.stray.check(m)
    if section.theta is None and section.kind != "angle":
        return
    nonmagnet, other = device.nonmagnet, device.sensing[1]
    tensors = {"g": nonmagnet.g, "relaxation_s": nonmagnet.relaxation_s, "relaxation_Q": nonmagnet.relaxation_Q}
    has_axes = [f"nonmagnet.{key}" for key, tensor in tensors.items() if np.ndim(tensor) == 2 and not _is_round(tensor)]
    if isinstance(field.stray, SampledStray) or (isinstance(field.stray, GaussianStray) and not _is_round(field.stray.sigma)):
        has_axes.append("field.stray")
    if not is_along_z(other):
        has_axes.append("detector.magnetisation")
    if has_axes:
        key, remedy = ("theta_start", "path") if section.kind == "angle" else ("theta", "direction")
        raise ValueError(
            f"field.{key}: from a magnetisation along z it does not tell which way the field turns, which matters with {has_axes[0]}: "
            f"give field.{remedy} instead, or another magnetisation"
        )


def _is_round(tensor: Any) -> bool:
    """Whether a tensor, [3, 3] or its diagonal [3], is the same in every direction across z; True where that can't be told."""
    if not is_concrete(tensor):
        return True
    array = np.asarray(tensor) if np.ndim(tensor) == 2 else np.diag(tensor)
    return bool(array[0, 0] == array[1, 1] and not np.any(array - np.diag(np.diag(array))))


def _stray(section: StraySection, numbers: _Numbers) -> AbstractStray:
    if section.kind == "gaussian":
        return GaussianStray(numbers.listed("field.stray.sigma"))
    if section.kind == "samples":
        return SampledStray(np.array([[component.value for component in vector] for vector in section.values or ()]))
    return RoughnessStray(*(numbers(f"field.stray.{key}") for key in ("amplitude", "wavelength", "height")))


def _plain(found: Any) -> Any:
    return found.value if isinstance(found, Quantity) else found


def array_of(nested: Any) -> Any:
    """Numbers, one or nested in lists, as an array: a NumPy one unless one of them is traced; a single number as it is."""
    if not isinstance(nested, list):
        return nested
    rows = [array_of(one) for one in nested]
    return np.array(rows, dtype=np.float64) if is_concrete(*rows) else jnp.stack([jnp.asarray(row, dtype=float) for row in rows])
