"""The model: tunnel junctions, contacts, fields, devices, their dimensionless form, and the equations of motion."""

from .contact import Contact as Contact
from .device import Device as Device
from .dimensionless import NaturalUnits as NaturalUnits
from .drives import AbstractDrive as AbstractDrive
from .drives import CurrentBias as CurrentBias
from .drives import VoltageBias as VoltageBias
from .field import Field as Field
from .junction import Junction as Junction
from .precession import effective_g as effective_g
from .stray import AbstractStray as AbstractStray
from .stray import GaussianStray as GaussianStray
from .stray import RoughnessStray as RoughnessStray
from .stray import SampledStray as SampledStray
