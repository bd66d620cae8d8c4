"""2×2 matrices over (spin, spin heat): symmetric ones that carry their determinant, and general ones.

det 𝒢 is the second law's margin: formed from rounded entries it drowns where the margin is small and back-flow strong. Sums of
positive matrices don't cancel when every determinant is kept: det(P + Q) = det P + det Q + ⟨P, Q⟩.
"""

import equinox as eqx

from .complex_functions import reciprocal
from .stages import stage
from .types import Any

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

    def __sub__(self, other: "Symmetric") -> "Symmetric":
        return Symmetric.of(self.ss - other.ss, self.sQ - other.sQ, self.QQ - other.QQ)

    @property
    def real(self) -> "Symmetric":
        """Real part; its determinant is formed anew."""
        return Symmetric.of(self.ss.real, self.sQ.real, self.QQ.real)

    @property
    def imag(self) -> "Symmetric":
        """Imaginary part; its determinant is formed anew."""
        return Symmetric.of(self.ss.imag, self.sQ.imag, self.QQ.imag)

    @property
    def is_diagonal(self) -> bool:
        """Whether nothing couples spin and heat: a number rather than an array, and zero."""
        return isinstance(self.sQ, float) and bool(self.sQ == 0.0)

    def within(self, outer: "Symmetric") -> "Symmetric":
        """O M O for a symmetric O."""
        if outer.is_diagonal:
            return self.between((outer.ss, outer.QQ))
        s = self.ss * outer.ss + self.sQ * outer.sQ, self.ss * outer.sQ + self.sQ * outer.QQ
        Q = self.sQ * outer.ss + self.QQ * outer.sQ, self.sQ * outer.sQ + self.QQ * outer.QQ
        return Symmetric(
            outer.ss * s[0] + outer.sQ * Q[0],
            outer.ss * s[1] + outer.sQ * Q[1],
            outer.sQ * s[1] + outer.QQ * Q[1],
            self.det * outer.det * outer.det,
        )

    @property
    def general(self) -> "General":
        """The same matrix, without its determinant."""
        return General(self.ss, self.sQ, self.sQ, self.QQ)

    def between(self, left_right: Pair) -> "Symmetric":
        """D M D for the diagonal matrix D = diag(left_right)."""
        s, Q = left_right
        return Symmetric(self.ss * s * s, self.sQ * s * Q, self.QQ * Q * Q, self.det * (s * Q) * (s * Q))

    def inverse(self) -> "Symmetric":
        """M⁻¹."""
        over = stage(reciprocal)(self.det)
        return Symmetric(self.QQ * over, -self.sQ * over, self.ss * over, over)

    def adjugate_times(self, x: Pair) -> Pair:
        """adj(M) x = det(M) M⁻¹ x, linear in M."""
        return self.QQ * x[0] - self.sQ * x[1], self.ss * x[1] - self.sQ * x[0]

    def times(self, x: Pair) -> Pair:
        """M x."""
        return self.ss * x[0] + self.sQ * x[1], self.sQ * x[0] + self.QQ * x[1]

    def solve(self, x: Pair) -> Pair:
        """M⁻¹ x."""
        s, Q = self.adjugate_times(x)
        over = reciprocal(self.det)
        return s * over, Q * over


def mixed(P: Symmetric, Q: Symmetric) -> Any:
    """⟨P, Q⟩ = tr(adj(P) Q), the mixed discriminant: det(P + Q) = det P + det Q + ⟨P, Q⟩. Not negative for positive P, Q."""
    return P.ss * Q.QQ + P.QQ * Q.ss - 2 * P.sQ * Q.sQ


class General(eqx.Module):
    """[[ss, sQ], [Qs, QQ]]; entries are numbers or arrays of one shape, real or complex."""

    ss: Any
    sQ: Any
    Qs: Any
    QQ: Any

    def __add__(self, other: "General") -> "General":
        return General(self.ss + other.ss, self.sQ + other.sQ, self.Qs + other.Qs, self.QQ + other.QQ)

    def __sub__(self, other: "General") -> "General":
        return General(self.ss - other.ss, self.sQ - other.sQ, self.Qs - other.Qs, self.QQ - other.QQ)

    def __mul__(self, factor: Any) -> "General":
        return General(self.ss * factor, self.sQ * factor, self.Qs * factor, self.QQ * factor)

    def __matmul__(self, other: "General") -> "General":
        return General(
            self.ss * other.ss + self.sQ * other.Qs,
            self.ss * other.sQ + self.sQ * other.QQ,
            self.Qs * other.ss + self.QQ * other.Qs,
            self.Qs * other.sQ + self.QQ * other.QQ,
        )

    @property
    def real(self) -> "General":
        """Real part."""
        return General(self.ss.real, self.sQ.real, self.Qs.real, self.QQ.real)

    @property
    def transposed(self) -> "General":
        """Mᵀ."""
        return General(self.ss, self.Qs, self.sQ, self.QQ)

    def inverse(self) -> "General":
        """M⁻¹."""
        over = stage(reciprocal)(self.ss * self.QQ - self.sQ * self.Qs)
        return General(self.QQ * over, -self.sQ * over, -self.Qs * over, self.ss * over)

    def times(self, x: Pair) -> Pair:
        """M x."""
        return self.ss * x[0] + self.sQ * x[1], self.Qs * x[0] + self.QQ * x[1]

    def solve(self, x: Pair) -> Pair:
        """M⁻¹ x."""
        over = reciprocal(self.ss * self.QQ - self.sQ * self.Qs)
        return (self.QQ * x[0] - self.sQ * x[1]) * over, (self.ss * x[1] - self.Qs * x[0]) * over


NOTHING = Symmetric.diagonal(0.0, 0.0)
IDENTITY = General(1.0, 0.0, 0.0, 1.0)
