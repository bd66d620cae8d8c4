"""`claims`: what the paper claims, judged at a device and mapped around it."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import DEFAULT_PRESET, Settings, Source, check, read
from ..output.look import DEFAULT, Look
from ..paper.claims import Answer, Claim, Study, answer_of, judged, study_of
from ..runtime import Progress

if TYPE_CHECKING:
    import xarray


def claims(config: Source = DEFAULT_PRESET, *, settings: Settings = ()) -> "xarray.Dataset":
    """Every claim of the paper judged at a device: title, quotation, place, verdict, sentence and numbers over the dimension `claim`.

    Arguments:
        config: a path, a preset's name, or a dict: lumped, diffusive, film or drift, in a field across the magnetisation.
        settings: changes to it: "KEY=VALUE", several of these, or a dict of values by key.

    Returns:
        Texts by name; `values` holds the numbers as JSON, as `claims.json` does; the attribute
        `answer` is what they mean for a τ read off the curve.

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used, or to which the claims do not apply.

    Example:
        >>> from hanle_sim import claims
        >>> found = claims("fig2")
        >>> found["title"].sel(claim="spin_line").item()
        'The Δμ curve is a Lorentzian of width 1/τ_s'
    """
    from ..output.claims import contents_of
    from ..output.netcdf import dataset_of

    # The dataset holds no maps: they are as coarse as can be.
    return dataset_of(contents_of(*_judged(read(config, settings), lambda what, done, total: None, pixels=2)))


def claims_and_write(
    config: Source, out: Path | None, *, settings: Settings, figure_format: str, progress: Progress, look: Look = DEFAULT
) -> tuple[tuple[Answer, list[Claim]], Path]:
    """Judge and write the report; returns the answer, the claims and the directory.

    Raises:
        ConfigurationError: a configuration that can't be used, or to which the claims do not apply.
        OutputError: a directory that can't be written, found out before anything is computed.
    """
    from ..output.store import target_of

    target = target_of(out, "claims")
    written = read(config, settings)
    study, answer, found = _judged(written, progress)
    from ..output.claims import write_claims

    write_claims(study, answer, found, written, target, figure_format, progress, look)
    return (answer, found), target


def _judged(written: Mapping[str, Any], progress: Progress, **changes: Any) -> tuple[Study, Answer, list[Claim]]:
    study = dataclasses.replace(study_of(check(written)), **changes)
    return study, answer_of(study), judged(study, progress)
