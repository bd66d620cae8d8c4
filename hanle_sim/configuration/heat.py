"""Spin heat in a configuration: which keys it needs, and that a plain spin device needs none of them."""

from collections.abc import Iterator, Mapping, Sequence

from .contacts import DriveSection, JunctionSection
from .fields import Quantity, show

#: Keys that act on spin heat alone, besides relaxation_Q.
HEAT_KEYS = ("S", "P_L", "P_kappa", "kappa_el", "kappa_ph", "tau_Q", "T_0", "L_0", "alpha", "r_Q", "Delta_T_0")


def problems(
    drive: DriveSection, contacts: Mapping[str, JunctionSection], S_N: Mapping[str, Quantity], lacking: Sequence[str]
) -> Iterator[str]:
    """What is wrong about spin heat, a sentence each: above all the numbers that it needs and that were left out, all of them named.

    Arguments:
        drive: what is held constant.
        contacts: the junctions by the tables' names.
        S_N: Seebeck coefficients of the bulk by the keys' paths.
        lacking: paths of the nonmagnet's keys that spin heat needs and that were left out.
    """
    Delta_T_0 = drive.Delta_T_0
    driven = abs(Delta_T_0.value) > 0
    if driven and all(contact.S is None for contact in contacts.values()):
        yield (
            f"drive.Delta_T_0 = {show(Delta_T_0)}: drives spins only through a junction with a Seebeck coefficient: "
            "give junction.S, or take Delta_T_0 out"
        )
        return
    seebeck = [(home, contact) for home, contact in contacts.items() if contact.S is not None and abs(contact.S.value) > 0]
    missing = [f"{home}.P_L" for home, contact in seebeck if contact.P_L is None][:1]
    causes = {f"{home}.S": contact.S for home, contact in seebeck} | dict(S_N)
    causes |= {"drive.Delta_T_0": Delta_T_0} if driven else {}
    missing += lacking if causes else []
    if missing:
        (cause, value), they, are = next(iter(causes.items())), *(("them", "are") if len(missing) > 1 else ("it", "is"))
        yield f"{', '.join(missing)} {are} missing: spin heat needs {they}, since {cause} = {show(value)}: give {they}, or take {cause} out"
