"""Widths of a Hanle curve, as properties of the exact curve rather than of a grid of fields."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._types import Scalar
from .constants import hbar, mu_B
from .device import Device, NaturalUnits
from .drive import AbstractDrive
from .field import Field
from .nonmagnets import AbstractNonmagnet
from .solvers import closed
from .solvers._response import Response
from .vectors import Scalars, array_module

# The search for the crossing: each round narrows the bracket 255-fold, from some twenty decades to rounding.
_POINTS, _ROUNDS = 256, 8


def half_width(device: Device, drive: AbstractDrive, field: Field) -> Scalar:
    """Half width at half maximum: the smallest |B| at which ΔV_Hanle has gone half way from its value at B = 0 to that at
    |B| → ∞ [T]; NaN where the curve doesn't depend on B.

    Found on the exact closed form and differentiable (the implicit function theorem, by one Newton step from the root).

    Arguments:
        device, drive: what is measured.
        field: only its direction counts.

    Raises:
        ValueError: relaxation tensors or Im G↑↓, which have no closed form.
    """
    natural = NaturalUnits.of(device, drive, field)
    arguments = Response.of(natural), natural.device.nonmagnet, hbar / mu_B / natural.time
    if array_module(arguments) is np:  # plain numbers: double precision, and nothing to compile
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return float(_half_width(*arguments))
    return _compiled_half_width(*arguments)


def apparent_tau(hwhm: Scalar, g: Scalar) -> Scalar:
    """The relaxation time that a single Lorentzian of this half width stands for, τ = ħ/(|g| μ_B hwhm) [s]; hwhm in T."""
    return hbar / (abs(g) * mu_B * hwhm)


def _half_width(response: Response, nonmagnet: AbstractNonmagnet, tesla: Scalar) -> Scalar:
    xp = array_module(response, nonmagnet, tesla)

    def missing(log_omega: Scalars) -> Scalars:
        """Share of the fall that is still missing to one half: positive at B = 0, negative at B → ∞."""
        fallen, limit = closed.fallen_share(response, nonmagnet, xp.exp(log_omega))
        return 0.5 - fallen / limit

    # The rates run from the slowest relaxation in the nonmagnet to the fastest way out of it. Widths lie between them, and a little
    # beyond where a thermal bias gives the two modes weights of opposite sign; a lumped nonmagnet's curve crosses half way just once.
    slowest = 1 / xp.maximum(nonmagnet.tau_s, nonmagnet.tau_Q)
    way_out = xp.maximum(
        (response.across.ss + response.along.ss) / response.relaxation.ss / nonmagnet.tau_s,
        (response.across.QQ + response.along.QQ) / response.relaxation.QQ / nonmagnet.tau_Q,
    )
    outer = xp.log(1e-8 * slowest), xp.log(1e8 * way_out)
    if xp is np:
        root = _search(missing, outer, np)
    else:
        root = jax.lax.custom_root(
            missing, outer[0], lambda function, _: _search(function, outer, jnp), lambda linear, y: y / linear(jnp.ones_like(y))
        )
    inside = (root > outer[0]) & (root < outer[1]) & (response.sine_squared > 0) & (nonmagnet.g != 0)
    return xp.where(inside, xp.exp(root) * tesla / xp.where(inside, abs(nonmagnet.g), 1.0), xp.nan)


_compiled_half_width = jax.jit(_half_width)


def _search(function: Callable[[Scalars], Scalars], outer: tuple[Scalar, Scalar], xp: ModuleType) -> Scalar:
    """Where a function first changes its sign: the first such interval of an even grid, again and again."""

    def narrowed(_: Any, bracket: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        grid = bracket[0] + (bracket[1] - bracket[0]) * xp.linspace(0.0, 1.0, _POINTS)
        first = xp.argmax(function(grid) <= 0)  # 0 where the sign never changes: the bracket then closes on its low end
        return grid[xp.maximum(first - 1, 0)], grid[first]

    if xp is np:
        low, high = functools.reduce(lambda bracket, _: narrowed(0, bracket), range(_ROUNDS), outer)
    else:
        low, high = jax.lax.fori_loop(0, _ROUNDS, narrowed, outer)
    return (low + high) / 2
