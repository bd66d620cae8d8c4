"""The second law in fits: a device that would break it is none, and a fit ends where the law does."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..configuration import Configuration
from .facts import Fact, fact_of
from .shapes import DeviceShape
from .solve import Problem, Solution

#: How softly the law is held: what a margin lacks counts as a residual, in units of this. What is left of a margin where the law ends;
#: how often that is aimed at anew; and which derivatives are none but rounding.
_SOFT, _LEFT, _TIMES, _ROUNDING = 1e-4, 1e-6, 12, 1e-9
#: Sections that the law is about, and which of their keys it is not.
_SECTIONS, _KEYS = ("junction", "detector"), ("R_tun", "contact_area", "kappa_ph", "eta_mix", "G_i")


@dataclass(frozen=True)
class Lawful(Problem):
    """A problem whose devices obey the second law: steep residuals keep margins from becoming negative."""

    margins: tuple[Fact, ...] = ()
    aims: Any = _LEFT

    def residual(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r, J = super().residual(values)
        off, by = self._margins(values)
        short = np.minimum(off - self.aims, 0.0) / _SOFT
        return np.append(r, short), np.concatenate([J, (short < 0)[:, None] * by / _SOFT])

    def solve(self, start: np.ndarray | None = None, held: dict[int, float] | None = None, most: int = 200) -> Solution:
        """The nearest minimum within the law: where it ends there, margins are aimed at higher by what they lacked (multipliers)."""
        problem, found, farthest = self, super().solve(start, held, most), math.inf
        for _ in range(_TIMES):
            off = self._margins(found.values)[0]
            short = np.minimum(off - problem.aims, 0.0)
            far = float(np.max(np.abs(off - _LEFT), where=short < 0, initial=0.0))
            if far < _LEFT / 2:
                return found._replace(chi2=found.chi2 - float(np.sum((short / _SOFT) ** 2)))
            if not far < 0.9 * farthest:  # what is held breaks the law
                break
            problem, farthest = replace(self, aims=np.maximum(problem.aims + _LEFT - off, _LEFT)), far
            found = Problem.solve(problem, found.values, held, most)
        return found

    def limited(self, values: np.ndarray) -> np.ndarray:
        """Which parameters the law keeps from going farther, [parameters]."""
        off, by = self._margins(values)
        return np.any((off < 2 * _LEFT)[:, None] & (np.abs(by) > _ROUNDING), 0)

    def _margins(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All margins, and their derivatives by the inner numbers."""
        found = [one(values) for one in self.margins]
        slopes = np.array([one.slope(x) for one, x in zip(self.parameters, values, strict=True)])
        return np.concatenate([off for off, _ in found]), np.concatenate([by for _, by in found]) * slopes


def lawful(problem: Problem, kernels: dict[Any, Any]) -> Problem:
    """A problem that holds the second law, if anything that the law hangs on is free.

    Arguments:
        problem: of devices.
        kernels: functions of numbers by what they depend on.
    """
    shapes = [curve.shape for curve in problem.curves]
    is_about = any(isinstance(one, DeviceShape) and hangs_on(one.configuration, one.paths) for one in shapes)
    margins = tuple(fact_of(curve, kernels, "law", _margins) for curve in problem.curves) if is_about else ()
    return Lawful(problem.parameters, problem.curves, problem.noise, margins) if margins else problem


def hangs_on(configuration: Configuration, paths: Sequence[str]) -> bool:
    """Whether the law hangs on numbers of a device, `section.key`."""
    return configuration.has_heat and any(
        path.rpartition(".")[2] in ("S_N", "L_0") or (path.partition(".")[0] in _SECTIONS and path.rpartition(".")[2] not in _KEYS)
        for path in paths
    )


def device_margins(configuration: Configuration, numbers: Mapping[str, Any]) -> Any:
    """1 − L_σ² T_0/(κ_σ G_σ) of both spins at every contact, and 1 − S_N²/L_0 of every S_N among the numbers, traced, [margins]."""
    import jax.numpy as jnp

    from ..configuration import build
    from ..physics import second_law

    device = build(configuration, numbers).device
    found = [one for contact in device.contacts for one in second_law.margins(contact.junction)]
    found += [1 - value**2 / device.L_0 for path, value in numbers.items() if path.rpartition(".")[2] == "S_N"]
    return jnp.stack([jnp.asarray(one, dtype=float) for one in found])


def _margins(configuration: Configuration, paths: Sequence[str]) -> Callable[[Any], Any]:
    return lambda at: device_margins(configuration, dict(zip(paths, at, strict=True)))
