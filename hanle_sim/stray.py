"""Static stray fields: distributions of a local field that adds to the applied one, and the nodes to average over it."""

import abc
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ._checks import is_concrete, require_not_negative, require_positive
from ._types import AnyArray, ArrayLike, Real, Scalar
from .vectors import Vectors, array_module, perpendicular

#: How many standard deviations of a Gaussian count: beyond lie 1e-10 of it.
_WINDOW = 6.5


class Nodes(NamedTuple):
    """Local fields of one point of a sweep and their weights.

    Attributes:
        fields: total local fields [T], [nodes, 3].
        weights: their weights, which sum to one, [nodes].
        coarse: weights of the next coarser rule on the same nodes, whose difference tells the error, [nodes].
    """

    fields: Vectors
    weights: Real[AnyArray, " nodes"]
    coarse: Real[AnyArray, " nodes"]


class AbstractStray(eqx.Module):
    """A distribution of static local fields, without motional averaging."""

    @property
    @abc.abstractmethod
    def levels(self) -> tuple[int, ...]:
        """Sizes of the rule to try, from the cheapest to the most accurate."""

    @abc.abstractmethod
    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        """Local fields around the field `mean` [T], [3], by the rule of size `level`.

        m is the magnetisation at rest, [3]; `width` the field below which nothing happens any faster [T].
        """


class GaussianStray(AbstractStray):
    """Independent Gaussian components.

    Arguments:
        sigma: standard deviation along x, y, z [T], [3]; zeros for components that do not vary.

    Raises:
        ValueError: a negative or infinite standard deviation, or no component that varies.
    """

    sigma: Real[AnyArray, "3"]
    varies: tuple[bool, bool, bool] = eqx.field(static=True)

    def __init__(self, sigma: Real[ArrayLike, "3"]) -> None:
        self.sigma = np.asarray(sigma, dtype=np.float64) if is_concrete(sigma) else jnp.asarray(sigma)
        # Known before anything is traced: it decides on the number of local fields.
        x, y, z = np.asarray(sigma) != 0 if is_concrete(sigma) else (True, True, True)
        self.varies = bool(x), bool(y), bool(z)

    def __check_init__(self) -> None:
        require_not_negative("field.stray: sigma", self.sigma)
        if is_concrete(self.sigma) and not np.any(np.asarray(self.sigma)):
            raise ValueError("field.stray: sigma = 0: must be positive along one axis at least")

    @property
    def levels(self) -> tuple[int, ...]:
        return (17, 33, 65) if all(self.varies) else (17, 33, 65, 129, 257)

    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        xp = array_module(self.sigma, mean, width)
        axes = [self._axis(mean[k], self.sigma[k], width, level) if varies else None for k, varies in enumerate(self.varies)]
        grid = xp.meshgrid(*(mean[k][None] if axis is None else axis[0] for k, axis in enumerate(axes)), indexing="ij")
        fields = xp.stack([component.reshape(-1) for component in grid], -1)
        weights, coarse = xp.ones(1), xp.ones(1)
        for axis in axes:
            if axis is not None:
                weights = (weights[:, None] * axis[1][None, :]).reshape(-1)
                coarse = (coarse[:, None] * axis[2][None, :]).reshape(-1)
        return Nodes(fields, weights, coarse)

    def _axis(self, mean: Scalar, sigma: Scalar, width: Scalar, level: int) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Trapezoidal rule in s with B = w sinh s: even steps resolve both the precession's width near B = 0, where spins turn
        from still to fast, and the Gaussian. Where the Gaussian does not reach B = 0, w is its distance.
        """
        xp = array_module(mean, sigma, width)
        w = xp.maximum(width, abs(mean) - 0.8 * _WINDOW * sigma)
        if xp is not np:
            w = jax.lax.stop_gradient(w)
        low, high = xp.arcsinh((mean - _WINDOW * sigma) / w), xp.arcsinh((mean + _WINDOW * sigma) / w)
        s = low + (high - low) * xp.linspace(0.0, 1.0, level)
        B = w * xp.sinh(s)
        density = xp.cosh(s) * xp.exp(-(((B - mean) / sigma) ** 2) / 2)
        every_second = density * (np.arange(level) % 2 == 0)
        return B, density / density.sum(), every_second / every_second.sum()


class SampledStray(AbstractStray):
    """Local fields one by one, each as likely as the others.

    Arguments:
        values: fields that add to the applied one [T], [samples, 3].

    Raises:
        ValueError: a field that isn't finite.
    """

    values: Real[AnyArray, "samples 3"]

    def __check_init__(self) -> None:
        if is_concrete(self.values) and not np.all(np.isfinite(np.asarray(self.values))):
            raise ValueError("field.stray: values must be finite")

    @property
    def levels(self) -> tuple[int, ...]:
        return (self.values.shape[0],)

    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        weights = np.full(level, 1.0 / level)
        return Nodes(self.values + mean[None, :], weights, weights)


class RoughnessStray(AbstractStray):
    """The stray field of an interface that undulates along the magnetisation, S. P. Dash et al., Phys. Rev. B 84, 054410 (2011).

    Magnetic charges on its slopes make a field of amplitude A e^(−2πh/Λ) at a depth h below it, which turns once per wavelength Λ
    in the plane of the magnetisation and the normal: A e^(−2πh/Λ) (m cos φ + n sin φ), every φ as likely.

    Arguments:
        amplitude: A, the field at the interface [T].
        wavelength: Λ [m].
        height: h, the spins' distance from the interface [m].

    Raises:
        ValueError: a negative amplitude or height, or a wavelength that isn't positive.
    """

    amplitude: Scalar
    wavelength: Scalar
    height: Scalar

    def __check_init__(self) -> None:
        require_not_negative("field.stray: amplitude", self.amplitude)
        require_positive("field.stray: wavelength", self.wavelength)
        require_not_negative("field.stray: height", self.height)

    @property
    def levels(self) -> tuple[int, ...]:
        return 32, 64, 128, 256, 512, 1024, 4096

    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        xp = array_module(self.amplitude, self.wavelength, self.height, mean)
        phi = 2 * np.pi * np.arange(level) / level
        turning = np.cos(phi)[:, None] * m[None, :] + np.sin(phi)[:, None] * perpendicular(m)[None, :]
        field = self.amplitude * xp.exp(-2 * np.pi * self.height / self.wavelength)
        return Nodes(mean[None, :] + field * turning, np.full(level, 1.0 / level), (np.arange(level) % 2 == 0) * (2.0 / level))
