"""Spin heat in a configuration: which keys it needs, and that a plain spin device needs none of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .fields import show

if TYPE_CHECKING:
    from .schema import Configuration

#: Keys that act on spin heat alone, besides relaxation_Q.
HEAT_KEYS = ("S", "P_L", "P_kappa", "kappa_el", "kappa_ph", "tau_Q", "T_0", "L_0", "alpha", "r_Q", "Delta_T_0")


def lacking(configuration: "Configuration") -> list[str]:
    """Keys of the nonmagnet that spin heat needs and that were left out."""
    given = configuration.nonmagnet
    names = [f"nonmagnet.{name}" for name in ("tau_Q", "T_0") if getattr(given, name) is None]
    return names + (["nonmagnet.alpha (or r_Q)"] if given.model == "lumped" and given.alpha is None and given.r_Q is None else [])


def problems(configuration: "Configuration") -> Iterator[str]:
    """What is wrong about spin heat, a sentence each: above all the numbers that it needs and that were left out, all of them named."""
    Delta_T_0, S_N = configuration.drive.Delta_T_0, configuration.nonmagnet.S_N
    contacts = [("junction", configuration.junction), ("detector", configuration.detecting)]
    driven = abs(Delta_T_0.value) > 0
    if driven and all(contact.S is None for _, contact in contacts):
        yield (
            f"drive.Delta_T_0 = {show(Delta_T_0)}: drives spins only through a junction with a Seebeck coefficient: "
            "give junction.S, or take Delta_T_0 out"
        )
        return
    seebeck = [(home, contact) for home, contact in contacts if contact.S is not None and abs(contact.S.value) > 0]
    missing = [f"{home}.P_L" for home, contact in seebeck if contact.P_L is None][:1]
    causes = {f"{home}.S": contact.S for home, contact in seebeck}
    causes |= {"nonmagnet.S_N": S_N} if S_N is not None else {}
    causes |= {"drive.Delta_T_0": Delta_T_0} if driven else {}
    missing += lacking(configuration) if causes else []
    if missing:
        (cause, value), they, are = next(iter(causes.items())), *(("them", "are") if len(missing) > 1 else ("it", "is"))
        yield f"{', '.join(missing)} {are} missing: spin heat needs {they}, since {cause} = {show(value)}: give {they}, or take {cause} out"
