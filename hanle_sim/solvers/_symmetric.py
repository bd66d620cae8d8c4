"""Symmetric positive 2×2 matrices over (spin, spin heat) that carry their determinant.

det 𝒢 is the second law's margin: formed from rounded entries it drowns where the margin is small and back-flow strong. Sums of
positive matrices don't cancel when every determinant is kept: det(P + Q) = det P + det Q + ⟨P, Q⟩.
"""

import equinox as eqx

from .._types import Any

#: Two numbers, one of spin, one of spin heat.
Pair = tuple[Any, Any]


class Symmetric(eqx.Module):
    """[[ss, sQ], [sQ, QQ]] and its determinant; entries are numbers or arrays of one shape."""

    ss: Any
    sQ: Any
    QQ: Any
    det: Any

    @classmethod
    def of(cls, ss: Any, sQ: Any, QQ: Any) -> "Symmetric":
        """Matrix from its entries; the determinant is formed from them."""
        return cls(ss, sQ, QQ, ss * QQ - sQ * sQ)

    @classmethod
    def diagonal(cls, ss: Any, QQ: Any) -> "Symmetric":
        """Diagonal matrix."""
        return cls(ss, 0.0, QQ, ss * QQ)

    def __add__(self, other: "Symmetric") -> "Symmetric":
        det = self.det + other.det + mixed(self, other)
        return Symmetric(self.ss + other.ss, self.sQ + other.sQ, self.QQ + other.QQ, det)

    def __mul__(self, factor: Any) -> "Symmetric":
        return Symmetric(self.ss * factor, self.sQ * factor, self.QQ * factor, self.det * factor * factor)

    def between(self, left_right: Pair) -> "Symmetric":
        """D M D for the diagonal matrix D = diag(left_right)."""
        s, Q = left_right
        return Symmetric(self.ss * s * s, self.sQ * s * Q, self.QQ * Q * Q, self.det * (s * Q) * (s * Q))

    def inverse(self) -> "Symmetric":
        """M⁻¹."""
        return Symmetric(self.QQ / self.det, -self.sQ / self.det, self.ss / self.det, 1 / self.det)

    def adjugate_times(self, x: Pair) -> Pair:
        """adj(M) x = det(M) M⁻¹ x, linear in M."""
        return self.QQ * x[0] - self.sQ * x[1], self.ss * x[1] - self.sQ * x[0]

    def times(self, x: Pair) -> Pair:
        """M x."""
        return self.ss * x[0] + self.sQ * x[1], self.sQ * x[0] + self.QQ * x[1]

    def solve(self, x: Pair) -> Pair:
        """M⁻¹ x."""
        s, Q = self.adjugate_times(x)
        return s / self.det, Q / self.det


def mixed(P: Symmetric, Q: Symmetric) -> Any:
    """⟨P, Q⟩ = tr(adj(P) Q), the mixed discriminant: det(P + Q) = det P + det Q + ⟨P, Q⟩. Not negative for positive P, Q."""
    return P.ss * Q.QQ + P.QQ * Q.ss - 2 * P.sQ * Q.sQ
