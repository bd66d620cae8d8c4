"""What a Hanle curve determines: derivatives by every parameter, what a measurement determines, and where to measure."""

from ..model.parameters import Parameter as Parameter
from ..model.parameters import parameters_of as parameters_of
from .jacobian import Sensitivity as Sensitivity
from .jacobian import derivatives as derivatives
from .jacobian import second_order as second_order
