"""`presets` and `config`: the named junctions, and a configuration ready to edit."""

import math
from typing import TYPE_CHECKING, Any

from ..configuration import DEFAULT_PRESET, PRESETS, Source, build, check, preset_text, read

if TYPE_CHECKING:
    import xarray


def _numbers(source: Source) -> dict[str, tuple[float, str]]:
    """Every number of a configuration in SI with its unit, by `section.key`; areas divided in or out, defaults included."""
    configuration = check(read(source))
    setup = build(configuration)
    found: dict[str, tuple[float, str]] = {}

    for path, table in configuration.tables():
        for key, value in table:
            if hasattr(value, "unit"):
                found[f"{path}.{key}"] = (value.value, value.unit)
            elif isinstance(value, int):
                found[f"{path}.{key}"] = (float(value), "")
    is_lateral = setup.device.is_nonlocal
    area = configuration.junction.contact_area
    R_tun = math.inf if configuration.is_open else float(setup.device.injector.junction.R_tun)
    r_s = float(setup.device.nonmagnet.r_s)
    found["junction.R_tun"] = (R_tun * area.value if is_lateral and area is not None else R_tun, "ohm m^2")
    found["nonmagnet.r_s"] = (r_s, "ohm" if is_lateral else "ohm m^2")
    if (current := setup.device.injector.drive.constant_current) is not None:
        found["drive.I"] = (float(current), "A" if is_lateral else "A/m^2")
    return found


def config(config: Source = DEFAULT_PRESET) -> "xarray.Dataset":
    """A configuration's numbers in SI, one variable a key, with units; the attribute `config` holds it as TOML, commented for a preset.

    Arguments:
        config: a path, a preset's name, or a dict.

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used.

    Example:
        >>> from hanle_sim import config
        >>> R_tun = config("fig2")["junction.R_tun"]
        >>> R_tun.item(), R_tun.units
        (0.00025, 'ohm m^2')
    """
    import xarray as xr

    from ..output.dataset import attributes, configuration_text

    variables: dict[str, Any] = {key: ((), value, {"units": unit}) for key, (value, unit) in _numbers(config).items()}
    text = preset_text(config) if isinstance(config, str) and config in PRESETS else configuration_text(read(config))
    return xr.Dataset(variables, attrs={**attributes("config"), "config": text})


def presets(config: Source | None = None) -> "xarray.Dataset":
    """The presets' numbers in SI, one variable a key over the dimension `preset`, NaN where a preset doesn't give it.

    Arguments:
        config: one preset's name, path or dict, for that one alone; None for all.

    Example:
        >>> from hanle_sim import presets
        >>> presets()["junction.P_G"].sel(preset="fig2").item()
        0.5
    """
    import numpy as np
    import xarray as xr

    from ..output.dataset import attributes

    sources: dict[str, Source] = {name: name for name in PRESETS} if config is None else {check(read(config)).name: config}
    tables = {name: _numbers(source) for name, source in sources.items()}
    units = {key: unit for table in tables.values() for key, (_, unit) in table.items()}
    variables = {
        key: ("preset", [table.get(key, (np.nan, ""))[0] for table in tables.values()], {"units": unit}) for key, unit in units.items()
    }
    return xr.Dataset(variables, {"preset": ("preset", list(tables))}, attributes("presets"))
