"""From a checked configuration to a device and its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import Scalar
from ..numerics.vectors import is_along_z, unit
from ..physics import AbstractDrive, Contact, CurrentBias, Device, Field, GaussianStray, Junction, SampledStray, VoltageBias
from .errors import ConfigurationError
from .numbers import Numbers
from .schema import Configuration

#: Why numbers that are allowed one by one are refused together.
OUT_OF_RANGE = "the numbers leave the range of double precision: bring the parameters closer to 1 in SI"


@dataclass(frozen=True)
class Setup:
    """What a configuration describes, in SI."""

    device: Device
    field: Field


def build(configuration: Configuration, values: Mapping[str, Scalar] | None = None) -> Setup:
    """Device and fields of a configuration.

    Arguments:
        configuration: a checked configuration.
        values: numbers to take instead of those written, by `section.key`, in the SI unit that the key was written in, of a list
            by `section.key_x` and the like; they may be traced, so that everything can be differentiated by every key.

    Raises:
        ConfigurationError: a device that breaks the second law, or that can't exist.
    """
    numbers = Numbers(configuration, values or {}, configuration.has_heat)
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is not finite is refused below
            device = _device(configuration, numbers)
            field = configuration.field.build(numbers.within("field"), device.injector.magnetisation)
            _require_axes(configuration, device, field)
            return Setup(device, field)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    except ArithmeticError:
        raise ConfigurationError(OUT_OF_RANGE) from None


def _device(configuration: Configuration, numbers: Numbers) -> Device:
    nonmagnet = configuration.nonmagnet.build(numbers.within("nonmagnet"))
    contacts: list[Contact] = []
    for home in nonmagnet.contacts:
        own, is_injector = numbers.within(home, "junction"), home == "junction"  # the detector's keys are the injector's where left out
        junction = _junction(home, own, numbers.within("nonmagnet"))
        if not nonmagnet.is_per_area:
            junction = junction.over(own("contact_area"))
        m = unit(own.full_name("magnetisation"), own.array("magnetisation"))
        if not is_injector and configuration.nonmagnet.value_of("configuration") == "antiparallel":
            m = -m
        contacts.append(Contact(junction, _drive(configuration, numbers) if is_injector else CurrentBias(0.0), m))
    return Device(tuple(contacts), nonmagnet, numbers("nonmagnet.L_0"))


def _junction(home: str, own: Numbers, nonmagnet: Numbers) -> Junction:
    given = {key: own(key) for key in ("P_G", "S", "P_L", "P_kappa", "kappa_el", "kappa_ph", "eta_mix", "G_i")}
    if given["S"] is None:
        given["S"] = 0.0
    if not own.has_heat:  # without S nothing depends on them
        given |= {"P_kappa": None, "kappa_el": None}
    try:
        return Junction.from_resistance(R_tun=own.per_area("R_tun"), T_0=nonmagnet("T_0"), L_0=nonmagnet("L_0"), **given)
    except ValueError as error:
        raise ConfigurationError(f"{home}: {error}") from None


def _drive(configuration: Configuration, numbers: Numbers) -> AbstractDrive:
    drive, Delta_T_0 = configuration.drive, numbers("drive.Delta_T_0")
    if drive.I is None:
        return VoltageBias(numbers("drive.V"), Delta_T_0)
    is_over_area = drive.I.unit == "A" and not configuration.nonmagnet.has_detector
    return CurrentBias(numbers("drive.I") / (numbers("junction.contact_area") if is_over_area else 1.0), Delta_T_0)


def _require_axes(configuration: Configuration, device: Device, field: Field) -> None:
    """Refuse a magnetisation along z where the plane through both would have to say which way a field points."""
    m, section = np.asarray(device.injector.magnetisation) if is_concrete(device.injector.magnetisation) else None, configuration.field
    if m is None or not is_along_z(m):
        return
    if field.stray is not None:
        field.stray.check(m)
    if section.theta is None and section.kind != "angle":
        return
    nonmagnet, other = device.nonmagnet, device.detector.magnetisation
    tensors = {"g": nonmagnet.g, "relaxation_s": nonmagnet.relaxation_s, "relaxation_Q": nonmagnet.relaxation_Q}
    has_axes = [f"nonmagnet.{key}" for key, tensor in tensors.items() if np.ndim(tensor) == 2 and not _is_round(tensor)]
    if isinstance(field.stray, SampledStray) or (isinstance(field.stray, GaussianStray) and not _is_round(field.stray.sigma)):
        has_axes.append("field.stray")
    if not is_along_z(other):
        has_axes.append("detector.magnetisation")
    if has_axes:
        key, remedy = ("theta_start", "path") if section.kind == "angle" else ("theta", "direction")
        raise ValueError(
            f"field.{key}: from a magnetisation along z the direction in which the field turns is not defined, which matters with "
            f"{has_axes[0]}: give field.{remedy} instead, or another magnetisation"
        )


def _is_round(tensor: Any) -> bool:
    """Whether a tensor, [3, 3] or its diagonal [3], is the same in every direction across z; True for one that is traced."""
    if not is_concrete(tensor):
        return True
    array = np.asarray(tensor) if np.ndim(tensor) == 2 else np.diag(tensor)
    return bool(array[0, 0] == array[1, 1] and not np.any(array - np.diag(np.diag(array))))
