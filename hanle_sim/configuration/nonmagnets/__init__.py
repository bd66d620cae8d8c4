"""The nonmagnets of a configuration: a section each, which checks its keys and builds its nonmagnet."""

from .base import NonmagnetSection as NonmagnetSection
from .channel import ContactSection, LateralSection
from .layered import LayeredSection
from .lumped import LumpedSection
from .vertical import DiffusiveSection, DriftSection, FilmSection

#: The sections by `model`.
MODELS: dict[str, type[NonmagnetSection]] = {
    "lumped": LumpedSection,
    "diffusive": DiffusiveSection,
    "film": FilmSection,
    "drift": DriftSection,
    "contact": ContactSection,
    "lateral": LateralSection,
    "layered": LayeredSection,
}
