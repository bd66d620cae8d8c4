"""The claims of Phys. Rev. Lett. 112, 056602, judged: what holds, how far, and where it ends."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from . import amplitudes, apparent_tau, cross_terms, heat_mismatch, inelastic, line_shape, signs, spin_wiedemann_franz
from .answer import QUESTION as QUESTION
from .answer import Answer as Answer
from .answer import answer_of as answer_of
from .claim import Claim as Claim
from .claim import Lines as Lines
from .claim import Map as Map
from .pure_numbers import Point, PureModel
from .study import Study as Study
from .study import study_of as study_of

#: Every claim, in the report's order.
CLAIMS: tuple[Callable[[Study], Claim], ...] = (
    line_shape.spin_line, line_shape.heat_line, amplitudes.independent, apparent_tau.reading, amplitudes.magnitudes, signs.signs,
    signs.comparable, heat_mismatch.mismatch, cross_terms.neglected, spin_wiedemann_franz.consistency, inelastic.inelastic,
    inelastic.below_one,
)  # fmt: skip


def judged(study: Study, progress: Callable[[str, int, int], Any]) -> list[Claim]:
    """Every claim at a device, computed now.

    Arguments:
        study: the device.
        progress: called with what is being done, how much of it, and out of how much.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        _compile(study, progress)
        found: list[Claim] = []
        for compute in CLAIMS:
            progress("judging the claims", len(found), len(CLAIMS))
            found.append(compute(study))
    return found


def _compile(study: Study, progress: Callable[[str, int, int], Any]) -> None:
    """Compile what the claims will ask for, on two cores at once."""
    point, lumped = Point(mismatch=1.0, P_G=0.5, P_L_S=0.1, S=0.1), PureModel("lumped", feeds_back=study.model.feeds_back)
    extended = {case.model for case in study.cases.values()} | {PureModel("diffusive"), PureModel("film")}
    jobs: list[Callable[[], Any]] = [functools.partial(PureModel("film", "absorbing").width, point)]
    jobs += [functools.partial(model.width, point) for model in sorted(extended, key=repr)]
    jobs += [functools.partial(model.curve, point, line_shape.FIELDS) for model in sorted(extended, key=repr)]
    jobs += [functools.partial(lumped.fit, point, 1.0)]
    with ThreadPoolExecutor(2) as cores:
        try:
            for number, _ in enumerate(cores.map(lambda job: job(), jobs)):
                progress("compiling", number + 1, len(jobs))
        except BaseException:
            cores.shutdown(wait=False, cancel_futures=True)
            raise
