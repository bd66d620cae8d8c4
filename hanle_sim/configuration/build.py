"""From a checked configuration to a device, its drive and its fields."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..device import Device
from ..drive import AbstractDrive, CurrentBias, VoltageBias
from ..field import Field
from ..junction import Junction
from ..nonmagnets import Lumped
from ..vectors import unit
from .load import ConfigurationError
from .schema import Configuration, Quantity


@dataclass(frozen=True)
class Setup:
    """What a configuration describes, in SI."""

    device: Device
    drive: AbstractDrive
    field: Field


def build(configuration: Configuration) -> Setup:
    """Device, drive and fields of a configuration. Raises ConfigurationError where they break the second law."""
    try:
        device = _device(configuration)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    drive = configuration.drive
    bias: AbstractDrive
    if drive.V is not None:
        bias = VoltageBias(drive.V.value, drive.Delta_T_0.value)
    else:
        bias = CurrentBias(configuration.current_density, drive.Delta_T_0.value)
    return Setup(device, bias, _field(configuration))


def _device(configuration: Configuration) -> Device:
    junction, nonmagnet = configuration.junction, configuration.nonmagnet
    T_0, L_0, r_s = nonmagnet.T_0.value, nonmagnet.L_0.value, configuration.per_area(nonmagnet.r_s)
    times = {"tau_s": nonmagnet.tau_s.value, "tau_Q": nonmagnet.tau_Q.value, "g": nonmagnet.g.value}
    return Device(
        junction=Junction.from_resistance(
            R_tun=configuration.per_area(junction.R_tun),
            P_G=junction.P_G.value,
            S=junction.S.value,
            P_L=junction.P_L.value,
            T_0=T_0,
            P_kappa=_value(junction.P_kappa),
            kappa_el=_value(junction.kappa_el),
            L_0=L_0,
            kappa_ph=junction.kappa_ph.value,
            eta_mix=junction.eta_mix.value,
        ),
        nonmagnet=Lumped.from_alpha(r_s=r_s, alpha=nonmagnet.alpha.value, T_0=T_0, L_0=L_0, **times)
        if nonmagnet.alpha is not None
        else Lumped(r_s=r_s, r_Q=_value(nonmagnet.r_Q), **times),
        magnetisation=junction.magnetisation,
        L_0=L_0,
    )


def _value(quantity: Quantity | None) -> Any:
    return None if quantity is None else quantity.value


def _field(configuration: Configuration) -> Field:
    field = configuration.field
    if field.values is not None:
        B = np.array([value.value for value in field.values])
    else:
        B = np.linspace(_value(field.start), _value(field.stop), field.points or 0)
    if field.theta is not None:
        return Field.at_angle(B, field.theta.value, unit("junction.magnetisation", configuration.junction.magnetisation))
    return Field(B, np.asarray(field.direction or (0.0, 0.0, 1.0)))
