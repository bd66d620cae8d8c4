"""`sweep`: observables and curves over grids of parameters."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import DEFAULT_PRESET, ConfigurationError, Settings, Source
from ..output.dataset import attributes
from ..output.look import DEFAULT, Look
from ..output.store import directory_name
from ..runtime import Progress
from ..sweeps.axes import Vary
from ..sweeps.request import MEMORY, Request, Work
from ..sweeps.sweep import Swept, expected, in_memory, requested, swept
from ..text import toml_of

if TYPE_CHECKING:
    import xarray


def sweep(
    config: Source = DEFAULT_PRESET,
    vary: Vary = (),
    *,
    settings: Settings = (),
    in_step: bool = False,
    samples: "str | Path | None" = None,
    random: int | None = None,
    seed: int = 0,
    observables: Sequence[str] | None = None,
    curves: bool = False,
    single: bool = False,
    memory: int = MEMORY,
    out: "str | Path | None" = None,
    codec: str | None = None,
    resume: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
) -> "xarray.Dataset":
    """Observables, and whole curves, of a configuration on a grid of its parameters.

    Arguments:
        config, settings: as for `simulate`.
        vary: what varies, by name: "START:STOP:N", "START:STOP:N:log", or values in SI or with units; each is a dimension.
        in_step: all of `vary` along one dimension, `sample`.
        samples: instead, a CSV file with a column a parameter.
        random, seed: instead, so many devices at random, even in ranges "LOW:HIGH" or "LOW:HIGH:log" of `vary`.
        observables: which of the table's; the half width, apparent τ, ΔV(0), its two parts, and modes unless given.
        curves: whole curves too, ΔV_Hanle [V]. Without `out` they are computed when they are read, piece by piece.
        single: keep numbers in single precision; they are computed in double.
        memory: bytes to do with.
        out: a Zarr store to write; nothing is written unless given.
        codec: compress it, "lz4" or "zstd".
        resume: go on with a store that is there.
        workers, scheduler: so many processes of a Dask cluster on this machine, or the address of one.

    Returns:
        A dataset over the dimensions that vary and the fields, in SI, with a code of why a device has no numbers, `reason`.

    Raises:
        ConfigurationError (a ValueError): what can't be swept.
        SweepError: a store that can't be written.

    Example:
        >>> from hanle_sim import sweep
        >>> found = sweep("fig2", {"tau_s": "50 ps:500 ps:4:log"}, observables=["hwhm"])
        >>> found["hwhm"].dims, found["hwhm"].attrs["units"]
        (('tau_s',), 'T')
    """
    request = requested(
        config, vary, settings=settings, in_step=in_step, samples=samples, random=random, seed=seed,
        observables=observables, curves=curves, single=single, memory=memory, codec=codec,
    )  # fmt: skip
    notes = _attributes(request)
    if out is None:
        return in_memory(request, notes)
    import xarray

    path = swept(request, Path(out), notes, resume=resume, workers=workers, scheduler=scheduler).path
    return xarray.open_zarr(path, chunks=None)


def bytes_of(size: str | None) -> int:
    """Bytes of a size with its unit, such as "4 GB" or "1 GiB", or those usual. Raises ConfigurationError for what is none."""
    if size is None:
        return MEMORY
    import pint

    try:
        return int(pint.UnitRegistry().Quantity(size).to("byte").magnitude)
    except (pint.PintError, ValueError, TypeError, AttributeError):
        raise ConfigurationError(f"memory = {toml_of(size)}: must be a number with a unit, such as '4 GB'") from None


def _attributes(request: Request) -> dict[str, str]:
    title = f"{request.written['name']}: sweep over {', '.join(axis.name for axis in request.axes)}"
    return attributes("sweep", request.written, title=title)


def sweep_and_write(
    config: Source,
    out: Path | None,
    vary: Vary,
    *,
    resume: bool,
    workers: int | None,
    scheduler: str | None,
    progress: Progress,
    plot: bool,
    figure_format: str,
    look: Look = DEFAULT,
    **options: Any,
) -> tuple[Swept, Path | None]:
    """Sweep, write the store, and draw it; returns what came of it, and the figure, beside the store.

    Raises:
        ConfigurationError: what can't be swept, or drawn.
        SweepError: a store that can't be written.
    """
    request = requested(config, vary, **options)
    if plot:
        from ..output.sweep import require_drawable

        require_drawable(request)
    out = out or Path("hanle-out") / f"{directory_name(request.written['name'])}-sweep.zarr"
    found = swept(request, out, _attributes(request), resume=resume, workers=workers, scheduler=scheduler, progress=progress)
    if not plot or found.outcome.failures:
        return found, None
    from ..output.sweep import draw_sweep

    path = out.absolute().with_suffix(f".{figure_format}")
    draw_sweep(found, path, look)
    return found, path


def sweep_expected(config: Source, vary: Vary, **options: Any) -> tuple[Work, float]:
    """What a sweep would be, and how long it would take to compute [s]; nothing is written."""
    return expected(requested(config, vary, **options))
