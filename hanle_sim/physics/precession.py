"""Precession in a field: Larmor frequencies and Lande factors, numbers or tensors."""

from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import Vectors, array_module, dot, full_precision


@full_precision
def precession(larmor: Scalar | Real[AnyArray, "3 3"], fields: Vectors) -> Vectors:
    """ω_L τ_s as a vector in the fields [T], [..., 3]; `larmor` is a number or a tensor."""
    return fields @ array_module(larmor, fields).swapaxes(larmor, -1, -2) if getattr(larmor, "ndim", 0) == 2 else larmor * fields


def effective_g(g: Scalar | Real[AnyArray, "3 3"], direction: Real[AnyArray, "*#points 3"]) -> Scalar | Real[AnyArray, "*#points"]:
    """The Landé factor of a field along a direction [3] or [points, 3]: a number as it is, of a tensor |g·b|."""
    if getattr(g, "ndim", 0) != 2:
        return g
    turned = precession(g, direction)
    return array_module(turned).sqrt(dot(turned, turned))
