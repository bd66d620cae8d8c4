"""How the biases of contacts close a device's state: by superposition of the states at given voltages."""

from collections.abc import Sequence

from ..numerics.types import AnyArray, Real
from ..numerics.vectors import array_module
from ..physics import Contact


def sources_of(contacts: Sequence[Contact]) -> list[tuple[Contact, ...]]:
    """The contacts with 1 V across each in turn, the others short-circuited; and with none, each under its ΔT_0 alone."""
    shorted = [contact.at_one_volt.undriven for contact in contacts]
    driven = [(*shorted[:k], contact.at_one_volt, *shorted[k + 1 :]) for k, contact in enumerate(contacts)]
    return [*driven, tuple(contact.thermal for contact in contacts)]


def closed_by_bias(contacts: Sequence[Contact], per_volt: Sequence[AnyArray], thermal: AnyArray) -> Real[AnyArray, "points *#contacts 2 3"]:
    """The state under the biases of one or two contacts, each of which is one equipotential.

    Where the current is given, V_i = V_0i + (what contact i reads): linear equations in the voltages.

    Arguments:
        contacts: the contacts.
        per_volt: the state with 1 V across each contact alone, means over the contacts, [points, *contacts, 2, 3] each.
        thermal: the state without voltages, as ΔT_0 alone drives it, of the same shape.
    """
    several = len(contacts) > 1
    feeds = [float(contact.drive.feeds_back) for contact in contacts]

    def read(y: AnyArray) -> list[AnyArray]:
        """What each contact whose current is given reads in a state; zero at the others."""
        return [feed * contact.signal(y[:, k] if several else y) for k, (feed, contact) in enumerate(zip(feeds, contacts, strict=True))]

    columns = [read(y) for y in per_volt]
    right = [contact.open_voltage + own for contact, own in zip(contacts, read(thermal), strict=True)]
    if not several:
        voltages = [right[0] / (1 - columns[0][0])]
    else:
        (a, c), (b, d) = ((1 - columns[0][0], -columns[0][1]), (-columns[1][0], 1 - columns[1][1]))
        det = a * d - b * c
        voltages = [(right[0] * d - b * right[1]) / det, (a * right[1] - c * right[0]) / det]
    xp = array_module(voltages, thermal)
    return thermal + sum(xp.reshape(V, (-1,) + (1,) * (thermal.ndim - 1)) * y for V, y in zip(voltages, per_volt, strict=True))
