"""The schema of a configuration: every key with its unit, its range and its meaning."""

import math
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, PlainValidator

from .contacts import DetectorSection, DriveSection, JunctionSection
from .field_tables import FieldSection
from .fields import run_name, show
from .nonmagnets import MODELS, NonmagnetSection
from .section import Section, Variants

#: Keys that act on spin heat alone, besides relaxation_Q.
HEAT_KEYS = ("S", "P_L", "P_kappa", "kappa_el", "kappa_ph", "tau_Q", "T_0", "L_0", "alpha", "r_Q", "Delta_T_0")


class Configuration(Section):
    """A whole configuration."""

    name: Annotated[str, PlainValidator(run_name)] = Field(description="name of the run")
    junction: JunctionSection
    nonmagnet: Annotated[NonmagnetSection, Variants("model", MODELS)]
    drive: DriveSection
    field: FieldSection
    detector: DetectorSection | None = Field(None, description="detector of a lateral channel")

    def problems(self) -> Iterator[str]:
        nonmagnet = self.nonmagnet
        if nonmagnet.has_detector:
            yield from self._problems_of_two_contacts()
        elif self.detector is not None:
            yield f"detector: has no meaning for nonmagnet.model = {show(nonmagnet.model)}, only for lateral: take it out"
        area = self.junction.contact_area
        for section, key in (("junction", "R_tun"), ("nonmagnet", "r_s"), ("drive", "I"), ("detector", "R_tun")):
            quantity = getattr(getattr(self, section), key, None)
            per_area = None if quantity is None else {"ohm": "ohm m^2", "A": "A/m^2"}.get(quantity.unit)
            if per_area is not None and area is None and not nonmagnet.has_detector:
                yield f"{section}.{key} = {show(quantity)}: needs junction.contact_area: give that, or {key} in {per_area}"
        yield from self._problems_of_heat()
        if self.is_open:
            yield from self._problems_without_back_flow()
        Delta_T_0, T_0, current = self.drive.Delta_T_0, nonmagnet.T_0, self.drive.I
        if T_0 is not None and Delta_T_0.value >= T_0.value:
            yield f"drive.Delta_T_0 = {show(Delta_T_0)}: must be below nonmagnet.T_0 = {show(T_0)}: the ferromagnet is at T_0 - Delta_T_0"
        if current is not None and current.unit == "A" and area is not None and math.isinf(current.value / area.value):
            yield "drive.I over junction.contact_area is not finite: raise the area"

    def _problems_of_heat(self) -> Iterator[str]:
        """Above all the numbers that spin heat needs and that were left out, all of them named."""
        contacts = {"junction": self.junction, "detector": self.detecting}
        Delta_T_0 = self.drive.Delta_T_0
        driven = abs(Delta_T_0.value) > 0
        if driven and all(contact.S is None for contact in contacts.values()):
            yield (
                f"drive.Delta_T_0 = {show(Delta_T_0)}: drives spins only through a junction with a Seebeck coefficient: "
                "give junction.S, or take Delta_T_0 out"
            )
            return
        seebeck = {home: contact for home, contact in contacts.items() if contact.S is not None and abs(contact.S.value) > 0}
        causes = {f"{home}.S": contact.S for home, contact in seebeck.items()}
        causes |= {f"{path}.S_N": table.value_of("S_N") for path, table in self.nonmagnet.tables("nonmagnet")}
        causes |= {"drive.Delta_T_0": Delta_T_0} if driven else {}
        causes = {key: value for key, value in causes.items() if value is not None}
        missing = [f"{home}.P_L" for home, contact in seebeck.items() if contact.P_L is None][:1]
        missing += self.nonmagnet.lacking_for_heat() if causes else []
        if missing:
            (cause, value), (they, are) = next(iter(causes.items())), ("them", "are") if len(missing) > 1 else ("it", "is")
            named, given = ", ".join(missing), f"{cause} = {show(value)}"
            yield f"{named} {are} missing: spin heat needs {they}, since {given}: give {they}, or take {cause} out"

    def _problems_without_back_flow(self) -> Iterator[str]:
        Delta_T_0 = self.drive.Delta_T_0
        if self.drive.V is not None:
            yield f"junction.R_tun = inf and drive.V = {show(self.drive.V)}: at a given voltage no current flows through it: give drive.I"
        if abs(Delta_T_0.value) > 0:
            yield (
                f"junction.R_tun = inf and drive.Delta_T_0 = {show(Delta_T_0)}: heat drives no current through it: "
                "take Delta_T_0 out, or give R_tun"
            )

    def _problems_of_two_contacts(self) -> Iterator[str]:
        if self.junction.contact_area is None:
            yield 'junction.contact_area is missing: nonmagnet.model = "lateral" needs it: give the area of the contact'
        current = self.drive.I
        if current is not None and current.unit != "A" and not current.bare:
            yield f'drive.I = {show(current)}: must be a current in A, since nonmagnet.model = "lateral": give I in A'
        configuration, detector = self.nonmagnet.value_of("configuration"), self.detector
        if configuration is not None and detector is not None and detector.magnetisation is not None:
            yield (
                f"nonmagnet.configuration = {show(configuration)} and detector.magnetisation = {show(detector.magnetisation)} "
                "exclude each other: keep one"
            )

    @property
    def is_open(self) -> bool:
        """Whether the (injecting) junction's resistance is infinite: a given current, and nothing flows back."""
        return math.isinf(self.junction.R_tun.value)

    @property
    def has_heat(self) -> bool:
        """Whether spin heat is computed: unless its numbers were left out, which it needs only with S, S_N or Delta_T_0."""
        return not self.nonmagnet.lacking_for_heat()

    @property
    def detecting(self) -> JunctionSection:
        """The detector's junction: its own keys, and the injector's for the rest."""
        own = {} if self.detector is None else {name: value for name, value in dict(self.detector).items() if value is not None}
        return self.junction.model_copy(update=own)
