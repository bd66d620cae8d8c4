"""Static stray fields: distributions of a local field that adds to the applied one, and the nodes to average over it."""

import abc
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..numerics.checks import is_concrete, require_not_negative, require_positive
from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import Vectors, array_module, cross, is_along_z, perpendicular, towards_z, unit_of
from .description import AbstractDescribed, in_unit, listed

#: How many standard deviations of a Gaussian are integrated over; 1e-10 of it is left out.
_WINDOW = 6.5
# Below this, moments of the directions are summed as series, in which nothing cancels.
_SMALL_KAPPA = 0.02
# Cosines of Gauss's rule, and the range of the exponent over which they stand.
_COSINES, _EXPONENT = 16, 36.0


class Nodes(NamedTuple):
    """Local fields of one point of a sweep and their weights.

    Attributes:
        fields: total local fields [T], [nodes, 3].
        weights: their weights, which sum to one, [nodes].
        coarse: weights of the next coarser rule on the same nodes, whose difference estimates the error, [nodes].
    """

    fields: Vectors
    weights: Real[AnyArray, " nodes"]
    coarse: Real[AnyArray, " nodes"]


class AbstractStray(AbstractDescribed):
    """A distribution of static local fields, without motional averaging."""

    @property
    @abc.abstractmethod
    def levels(self) -> tuple[int, ...]:
        """Sizes of the rule to try, from the cheapest to the most accurate."""

    @abc.abstractmethod
    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        """Local fields around the field `mean` [T], [3], by the rule of size `level`.

        m is the magnetisation at rest, [3]; `width` the smallest field that changes the signal appreciably [T].
        """

    def check(self, m: Real[AnyArray, "3"]) -> None:
        """Raise ValueError for a magnetisation at rest [3] for which the distribution is not defined."""

    def of_degree(self, degree: int) -> "AbstractStray":
        """A distribution with the same average, on fewer nodes, of what is of some degree in the direction of the local field."""
        return self


class GaussianStray(AbstractStray):
    """Independent Gaussian components.

    Arguments:
        sigma: standard deviation of every component [T], or those along x, y, z, [3], traced or not one by one; zeros for components
            that do not vary.

    Raises:
        ValueError: a negative or infinite standard deviation, or no component that varies.

    Example:
        >>> from hanle_sim import Field, GaussianStray
        >>> Field([0.0], stray=GaussianStray(1e-3))
        Field(1 field of 0 T along z, stray = GaussianStray(sigma = 1 mT))
    """

    sigma: Real[AnyArray, "3"]
    varies: tuple[bool, bool, bool] = eqx.field(static=True)
    is_isotropic: bool = eqx.field(static=True)

    def __init__(self, sigma: Real[AnyArray, "3"] | Scalar | Sequence[Scalar]) -> None:
        is_one = not isinstance(sigma, Sequence) and np.ndim(sigma) == 0
        given: list[Any] = [sigma] * 3 if is_one else [sigma[k] for k in range(3)]
        # Known before anything is traced: they decide on the number of local fields.
        self.is_isotropic = is_one or (is_concrete(*given) and len({float(one) for one in given}) == 1)
        x, y, z = (not (is_concrete(one) and float(one) == 0) for one in given)
        self.varies = x, y, z
        self.sigma = np.array(given, dtype=np.float64) if is_concrete(*given) else jnp.stack([jnp.asarray(one) for one in given])

    def __check_init__(self) -> None:
        require_not_negative("field.stray: sigma", self.sigma)
        if is_concrete(self.sigma) and not np.any(np.asarray(self.sigma)):
            raise ValueError("field.stray: sigma = 0: must be positive along one axis at least")

    def description(self) -> str:
        components = [str(in_unit(one, "T")) for one in np.asarray(self.sigma)]
        return f"sigma = {components[0] if self.is_isotropic else '(' + ', '.join(components) + ')'}"

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

    def of_degree(self, degree: int) -> AbstractStray:
        return _RadialGaussian(self.sigma[0], degree) if self.is_isotropic else self

    def _axis(self, mean: Scalar, sigma: Scalar, width: Scalar, level: int) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Fields, and their weights by the trapezoidal rule and by that of every second one."""
        B, density = _trapezoidal(mean, sigma, width, level, -np.inf)
        every_second = density * (np.arange(level) % 2 == 0)
        return B, density / density.sum(), every_second / every_second.sum()


class _RadialGaussian(AbstractStray):
    """Three Gaussian components of one standard deviation σ as a distribution of |B|, and at each |B| a few directions.

    Around a mean field B_0 the directions at |B| = r follow e^(κt), κ = r B_0/σ², t the cosine to B_0. They are a few cosines, each
    at evenly spaced azimuths, that have all its moments up to a degree (docs/derivations.md, section 9).
    """

    sigma: Scalar
    degree: int = eqx.field(static=True)

    def description(self) -> str:
        return listed({"sigma": in_unit(self.sigma, "T"), "degree": self.degree})

    @property
    def levels(self) -> tuple[int, ...]:
        return 33, 65, 129, 257, 513

    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        xp = array_module(self.sigma, mean, width)
        size, axis = unit_of(mean, np.array([0.0, 0.0, 1.0]))
        r, density = _trapezoidal(size, self.sigma, width, level, 0.0)
        across = perpendicular(axis)
        around, count = cross(axis, across), max(4, self.degree + 1)
        phi = 2 * np.pi * np.arange(count) / count
        azimuths = np.cos(phi)[:, None] * across[None, :] + np.sin(phi)[:, None] * around[None, :]
        kappa = r * size / self.sigma**2
        t, share = _two_cosines(kappa) if self.degree <= 2 else _cosines(kappa)
        sine = xp.sqrt(xp.maximum(1 - t * t, 1e-30))  # not zero, for the sake of its derivative
        along = t[None, :, :, None] * axis[None, None, None, :]
        fields = r[None, None, :, None] * (along + sine[None, :, :, None] * azimuths[:, None, None, :])
        density = xp.broadcast_to((density * r**2)[None, :] * share, fields.shape[:-1])
        weights, coarse = (w.reshape(-1) / w.sum() for w in (density, density * (np.arange(level) % 2 == 0)[None, None, :]))
        return Nodes(fields.reshape(-1, 3), weights, coarse)


def _trapezoidal(mean: Scalar, sigma: Scalar, width: Scalar, level: int, least: float) -> tuple[AnyArray, AnyArray]:
    """Fields B ≥ `least` and the trapezoidal rule's weight e^(−(B − B_0)²/2σ²) there, in even steps of s with B = w sinh s.

    They resolve both the precession's width near B = 0, where spins turn from still to fast, and the Gaussian. Where the Gaussian does
    not reach B = 0, w is its distance.
    """
    xp = array_module(mean, sigma, width)
    w = xp.maximum(width, abs(mean) - 0.8 * _WINDOW * sigma)
    if xp is not np:
        w = jax.lax.stop_gradient(w)
    low, high = (xp.arcsinh(xp.maximum(mean + k * _WINDOW * sigma, least) / w) for k in (-1, 1))
    s = low + (high - low) * xp.linspace(0.0, 1.0, level)
    B = w * xp.sinh(s)
    return B, xp.cosh(s) * xp.exp(-(((B - mean) / sigma) ** 2) / 2)


def _two_cosines(kappa: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Two cosines t = L ± √(1/κ² − 1/sinh²κ), L = coth κ − 1/κ, with the first two moments of e^(κ(t − 1)), and their weights.

    Weights are parts of e^(−κ) sinh κ/κ, the mean over the sphere; series at small κ. Both [2, radii].
    """
    xp = array_module(kappa)
    small = kappa < _SMALL_KAPPA
    safe, near = xp.where(small, 1.0, kappa), xp.where(small, kappa, 0.0)
    fallen = xp.exp(-2 * safe)
    langevin = xp.where(small, near / 3 - near**3 / 45 + 2 * near**5 / 945, (1 + fallen) / (1 - fallen) - 1 / safe)
    variance = xp.where(small, 1 / 3 - near**2 / 15 + 2 * near**4 / 189, 1 / safe**2 - 4 * fallen / (1 - fallen) ** 2)
    series = sum((-2 * near) ** n / math.factorial(n + 1) for n in range(8))
    half = xp.where(small, series, (1 - fallen) / (2 * safe)) / 2
    spread = xp.sqrt(xp.maximum(variance, 0.0))
    return xp.stack([langevin - spread, langevin + spread]), xp.stack([half, half])


def _cosines(kappa: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Cosines and weights, e^(κ(t − 1)), of Gauss's rule over the part of the sphere that counts: a few moments to rounding.

    Both [cosines, radii].
    """
    xp = array_module(kappa)
    half = _EXPONENT / 2 / xp.maximum(kappa, _EXPONENT / 2)  # of the range of t
    roots, weights = np.polynomial.legendre.leggauss(_COSINES)
    below = half[None, :] * (1 - roots)[:, None]
    return 1 - below, half[None, :] * weights[:, None] / 2 * xp.exp(-kappa[None, :] * below)


class SampledStray(AbstractStray):
    """Local fields one by one, each as likely as the others.

    Arguments:
        values: fields that add to the applied one [T], [samples, 3].

    Raises:
        ValueError: a field that isn't finite.

    Example:
        >>> import numpy as np
        >>> from hanle_sim import SampledStray
        >>> SampledStray(np.array([[1e-3, 0, 0], [0, 0, -2e-3]]))
        SampledStray(2 local fields up to 2 mT)
    """

    values: Real[AnyArray, "samples 3"]

    def __check_init__(self) -> None:
        if is_concrete(self.values) and not np.all(np.isfinite(np.asarray(self.values))):
            raise ValueError("field.stray: values must be finite")

    def description(self) -> str:
        largest = float(np.max(np.linalg.norm(np.asarray(self.values), axis=-1)))
        return f"{self.values.shape[0]} local fields up to {in_unit(largest, 'T')}"

    @property
    def levels(self) -> tuple[int, ...]:
        return (self.values.shape[0],)

    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        weights = np.full(level, 1.0 / level)
        return Nodes(self.values + mean[None, :], weights, weights)


class RoughnessStray(AbstractStray):
    """The stray field of an interface that undulates along the magnetisation, S. P. Dash et al., Phys. Rev. B 84, 054410 (2011).

    Magnetic charges on its slopes make a field of amplitude A e^(−2πh/Λ) at a depth h below it, which turns once per wavelength Λ
    in the plane of the magnetisation and the normal z: A e^(−2πh/Λ) (m cos φ + n sin φ), every φ as likely, n being z's part
    across m. A magnetisation along the normal has no such plane.

    Arguments:
        amplitude: A, the field at the interface [T].
        wavelength: Λ [m].
        height: h, the spins' distance from the interface [m].

    Raises:
        ValueError: a negative amplitude or height, or a wavelength that isn't positive.

    Example:
        >>> from hanle_sim import RoughnessStray
        >>> RoughnessStray(amplitude=0.1, wavelength=20e-9, height=2e-9)
        RoughnessStray(amplitude = 100 mT, wavelength = 20 nm, height = 2 nm)
    """

    amplitude: Scalar
    wavelength: Scalar
    height: Scalar

    def __check_init__(self) -> None:
        require_not_negative("field.stray: amplitude", self.amplitude)
        require_positive("field.stray: wavelength", self.wavelength)
        require_not_negative("field.stray: height", self.height)

    def check(self, m: Real[AnyArray, "3"]) -> None:
        if is_along_z(m):
            shown = [float(f"{x:.6g}") for x in np.asarray(m)]
            raise ValueError(
                f"magnetisation = {shown}: must not lie along the interface's normal, z, with the stray field of a rough interface, "
                "which turns in the plane of the two: give another magnetisation, or local fields as samples"
            )

    def description(self) -> str:
        lengths = {name: in_unit(getattr(self, name), "m") for name in ("wavelength", "height")}
        return listed({"amplitude": in_unit(self.amplitude, "T"), **lengths})

    @property
    def levels(self) -> tuple[int, ...]:
        return 32, 64, 128, 256, 512, 1024, 4096

    def nodes(self, mean: Real[AnyArray, "3"], m: Real[AnyArray, "3"], width: Scalar, level: int) -> Nodes:
        xp = array_module(self.amplitude, self.wavelength, self.height, mean)
        phi = 2 * np.pi * np.arange(level) / level
        turning = np.cos(phi)[:, None] * m[None, :] + np.sin(phi)[:, None] * towards_z(m)[None, :]
        field = self.amplitude * xp.exp(-2 * np.pi * self.height / self.wavelength)
        return Nodes(mean[None, :] + field * turning, np.full(level, 1.0 / level), (np.arange(level) % 2 == 0) * (2.0 / level))
