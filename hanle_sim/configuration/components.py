"""Keys that are lists of numbers, component by component: directions, standard deviations, tensors."""

from typing import Any, NamedTuple

from .fields import Quantity
from .section import Section

_AXES = "xyz"


class Component(NamedTuple):
    """One number of a list.

    Attributes:
        name: the key and the component's axes, direction_x or relaxation_s_xy.
        places: where it stands in the list; off its diagonal a symmetric tensor has it twice.
        number: its value and unit.
    """

    name: str
    places: tuple[tuple[int, ...], ...]
    number: Quantity


def is_list(value: Any) -> bool:
    """Whether a key's value is a vector or a tensor."""
    return isinstance(value, tuple) and not isinstance(value, Quantity) and not (value and isinstance(value[0], Section))


def components_of(key: str, value: Any) -> list[Component]:
    """The components of a vector or a tensor; relaxation tensors are symmetric and have six."""
    if not isinstance(value[0], tuple) or isinstance(value[0], Quantity):
        return [Component(f"{key}_{_AXES[i]}", ((i,),), _quantity(one)) for i, one in enumerate(value)]
    is_symmetric = key.startswith("relaxation")
    return [
        Component(f"{key}_{_AXES[i]}{_AXES[j]}", ((i, j), (j, i)) if is_symmetric and i != j else ((i, j),), _quantity(value[i][j]))
        for i in range(3)
        for j in range(i if is_symmetric else 0, 3)
    ]


def _quantity(value: Any) -> Quantity:
    return value if isinstance(value, Quantity) else Quantity(float(value), "")
