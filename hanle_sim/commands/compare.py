"""`compare`: devices side by side, normalised, with what each model would read off their lines."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..configuration import Configuration, ConfigurationError, Settings, Setup, Source, build, check, read, reusable
from ..constants import hbar, mu_B
from ..observables.half_width import half_width_or_nan
from ..observables.line import LineShape
from ..observables.line_shape import curvature, readings, tail_exponent
from ..output.look import DEFAULT, Look
from ..physics.dimensionless import NaturalUnits
from ..physics.drives import CurrentBias
from ..physics.precession import effective_g
from ..runtime import Progress
from ..simulation.summary import without_nan
from ..simulation.validity import ROUNDING, size_of_terms
from ..solvers import exact_method
from ..text import shown

if TYPE_CHECKING:
    import xarray


class Compared(NamedTuple):
    """One device of a comparison.

    Attributes:
        row: its line of the table, by JSON key.
        B: fields of its sweep [T], [points].
        signal: ΔV_Hanle [V], [points].
        normalised: ΔV_Hanle/ΔV_Hanle(0), [points].
        R_nl: nonlocal resistance [Ω], [points], of a lateral device with a constant current; None for others.
    """

    row: dict[str, Any]
    B: np.ndarray
    signal: np.ndarray
    normalised: np.ndarray
    R_nl: np.ndarray | None


def compared(configs: Sequence[Source], settings: Settings = (), progress: Progress | None = None) -> list[Compared]:
    """Lines of some configurations, computed.

    Raises:
        ConfigurationError: a configuration that can't be used, or whose field turns along its sweep.
    """
    if not configs:
        raise ConfigurationError("compare: there is nothing to compare: give configurations or presets, one after the other")
    settings, report, found = reusable(settings), progress or (lambda what, done, total: None), []
    setups, errors = [], []
    for number, config in enumerate(configs, 1):
        try:
            configuration = check(read(config, settings))
            if configuration.field.kind in ("angle", "path"):
                raise ConfigurationError("its field turns along the sweep: compare sweeps of the magnitude")
            setups.append((configuration, build(configuration)))
        except ConfigurationError as error:
            which = f"configuration {number}" if isinstance(config, Mapping) else shown(str(config))
            errors += [
                line if line.startswith(f"{which}: ") or len(configs) == 1 else f"{which}: {line}" for line in str(error).split("\n")
            ]
    if errors:
        raise ConfigurationError("\n".join(dict.fromkeys(errors)))
    names: dict[str, int] = {}
    for number, (configuration, setup) in enumerate(setups):
        name = configuration.name
        names[name] = names.get(name, 0) + 1
        label = name if names[name] == 1 else f"{name} ({names[name]})"
        found.append(_compared(label, configuration, setup))
        report("comparing", number + 1, len(setups))
    return found


def _compared(name: str, configuration: Configuration, setup: Setup) -> Compared:
    device, drive, field = setup.device, setup.device.injector.drive, setup.field
    method = exact_method(NaturalUnits.of(device, field.part(slice(0, 1))))
    g, tau_s = abs(float(effective_g(device.nonmagnet.g, field.direction))), float(device.nonmagnet.tau_s)
    line = LineShape.of(device, field, method)
    with np.errstate(all="ignore"):
        hwhm, _ = half_width_or_nan(device, field, method)
        B = np.asarray(field.B)
        values = line.signal(np.concatenate([np.zeros(1), B]))
        top, signal = float(values[0]), values[1:]
        top = 0.0 if abs(top) <= ROUNDING * sum(size_of_terms(device)) else top
        known = math.isfinite(hwhm) and top != 0 and g != 0
        tau = readings(device, hwhm, g) if known else readings(device, math.nan, g)
        row = {
            "name": name,
            "model": configuration.nonmagnet.model,
            "method": method,
            "Delta_V_0_V": top,
            "hwhm_T": hwhm if known else None,
            "tau_s_s": tau_s,
            "tau_Q_s": float(device.nonmagnet.tau_Q) if configuration.has_heat else None,
            "tau_lumped_s": tau.lumped,
            "tau_diffusive_s": tau.diffusive,
            "tau_own_s": tau.own,
            "curvature": curvature(line, hwhm, tau_s, hbar / (g * mu_B)) if known else None,
            "tail_exponent": tail_exponent(line, hwhm) if known else None,
        }
        current = float(drive.I) if device.is_nonlocal and isinstance(drive, CurrentBias) else 0.0
        R_nl = signal / current if current else None
        return Compared(without_nan(row), B, signal, signal / top if top else np.full(B.shape, np.nan), R_nl)


def compare(*configs: Source | Sequence[Source], settings: Settings = ()) -> "xarray.Dataset":
    """Devices side by side, over the dimension `device`; their sweeps end to end over `point`.

    Arguments:
        configs: paths, presets' names, or dicts; or one list of them.
        settings: changes to all of them: "KEY=VALUE", several of these, or a dict of values by key.

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used, or whose field turns along its sweep.
    """
    import xarray as xr

    from ..output.dataset import attributes

    given: Any = configs[0] if len(configs) == 1 and isinstance(configs[0], list | tuple) else configs
    found = compared(given, settings)
    rows = [each.row for each in found]
    numbers = {
        key: ("device", [math.nan if row[key] is None else row[key] for row in rows])
        for key in rows[0]
        if key not in ("name", "model", "method")
    }
    texts = {key: ("device", [row[key] for row in rows]) for key in ("model", "method")}
    joined = {
        "B": ("point", np.concatenate([each.B for each in found]), {"units": "T"}),
        "Delta_V_Hanle": ("point", np.concatenate([each.signal for each in found]), {"units": "V"}),
        "normalised": ("point", np.concatenate([each.normalised for each in found])),
        "device_of_point": ("point", np.repeat([each.row["name"] for each in found], [each.B.size for each in found])),
    }
    return xr.Dataset({**texts, **numbers, **joined}, {"device": [row["name"] for row in rows]}, attributes("compare"))


def compare_and_write(
    configs: Sequence[Source], out: Path | None, *, settings: Settings, figure_format: str, progress: Progress, look: Look = DEFAULT
) -> tuple[list[dict[str, Any]], Path]:
    """Compare and write compare.csv, compare.json and the figure; returns the table's rows and the directory."""
    from ..output.store import check_target, write_directory

    target = Path("hanle-out", "compare") if out is None else out
    check_target(target)
    found = compared(configs, settings, progress)
    from ..output.drawing import save
    from ..output.figures import ComparedLine, comparison_figure

    figure = comparison_figure([ComparedLine(each.row["name"], each.B, each.normalised, each.R_nl) for each in found], look)
    rows = [each.row for each in found]

    def write_csv(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write("name,B_T,Delta_V_Hanle_V,normalised\n")
            for each in found:
                name = '"' + each.row["name"].replace('"', '""') + '"'
                columns = each.B.tolist(), each.signal.tolist(), each.normalised.tolist()
                file.writelines(f"{name},{B!r},{V!r},{share!r}\n" for B, V, share in zip(*columns, strict=True))

    write_directory(
        target,
        {
            "compare.csv": write_csv,
            "compare.json": lambda path: path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"),
            f"compare.{figure_format}": lambda path: save(figure, path),
        },
    )
    return rows, target
