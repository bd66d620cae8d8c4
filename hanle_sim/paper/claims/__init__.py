"""The claims of Phys. Rev. Lett. 112, 056602, judged: what holds, how far, and where it ends."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from . import amplitudes, apparent_tau, cross_terms, heat_mismatch, inelastic, line_shape, signs, spin_wiedemann_franz
from .claim import Claim as Claim
from .claim import Lines as Lines
from .claim import Map as Map
from .pure_numbers import Kernel, Point
from .study import Study as Study
from .study import study_of as study_of

#: Every claim, in the report's order.
CLAIMS: tuple[Callable[[Study, Callable[[float], object]], Claim], ...] = (
    line_shape.spin_line,
    line_shape.heat_line,
    amplitudes.independent,
    apparent_tau.reading,
    amplitudes.magnitudes,
    signs.signs,
    signs.comparable,
    heat_mismatch.mismatch,
    cross_terms.neglected,
    spin_wiedemann_franz.consistency,
    inelastic.inelastic,
    inelastic.below_one,
)


def judged(study: Study, progress: Callable[[str, int, int], Any]) -> list[Claim]:
    """Every claim at a device, computed now.

    Arguments:
        study: the device.
        progress: called with what is being done, how much of it, and out of how much.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        _compile(study, progress)
        found = []
        for number, compute in enumerate(CLAIMS):

            def report(done: float, number: int = number) -> None:
                progress("judging the claims", int(100 * (number + done)), 100 * len(CLAIMS))

            found.append(compute(study, report))
            report(1.0)
    return found


def _compile(study: Study, progress: Callable[[str, int, int], Any]) -> None:
    """Compile what the claims will ask for, on two cores at once."""
    point = Point(mismatch=1.0, P_G=0.5, P_L_S=0.1, S=0.1)
    kernels = {case.kernel for case in study.cases.values()} | {Kernel(name) for name in ("lumped", "diffusive", "film")}
    jobs: list[Callable[[], Any]] = [functools.partial(Kernel("film", "absorbing").width, point)]
    for kernel in sorted(kernels, key=repr):
        jobs += [
            functools.partial(kernel.width, point),
            functools.partial(kernel.curve, point, line_shape.FIELDS),
            functools.partial(kernel.terms, point),
        ]
    jobs.append(functools.partial(Kernel("lumped").fit, point, 1.0))
    with ThreadPoolExecutor(2) as cores:
        try:
            for number, _ in enumerate(cores.map(lambda job: job(), jobs)):
                progress("compiling", number + 1, len(jobs))
        except BaseException:
            cores.shutdown(wait=False, cancel_futures=True)
            raise
