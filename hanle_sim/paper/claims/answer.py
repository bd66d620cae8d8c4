"""What all this means for the relaxation time that one reads off the curve: by how much it is off, through what, and what to do."""

import math
from dataclasses import dataclass

from .apparent_tau import half_width_reading
from .pure_numbers import PureModel
from .sentences import percent
from .study import OPEN, Study

#: What is asked.
QUESTION = "What does this mean for the τ that I read off my curve?"
#: Less than this is nothing to act on.
_LITTLE = 0.01
_ADVICE = {
    "geometry": "Fit the exact curve of your geometry with `hanle fit`, not a Lorentzian.",
    "back-flow": "Make R_tun much larger than r_s, or keep back-flow in the fit, as `hanle fit` does.",
    "spin heat": "Keep spin heat in the fit: `hanle fit --compare` tells whether your data show it.",
}


@dataclass(frozen=True)
class Answer:
    """By how much a reading by the half width is off.

    Attributes:
        off: τ of one Lorentzian of the curve's half width over τ_s, less one; NaN where there is no half width.
        causes: what each cause does to the reading, over that with it switched off, less one; the largest first.
        sentence: that in words.
        advice: what to do, three short sentences at most.
    """

    off: float
    causes: dict[str, float]
    sentence: str
    advice: tuple[str, ...]


def answer_of(study: Study) -> Answer:
    """The answer at a device: geometry (a well-mixed nonmagnet of the same r_s and r_Q), back-flow (no r_s/R_tun) and spin heat (S = 0),
    each switched off alone.
    """
    model, point = study.model, study.point
    mixed = PureModel("lumped", feeds_back=model.feeds_back)
    read = float(half_width_reading(model, point))
    without = {
        "geometry": half_width_reading(mixed, point),
        "back-flow": half_width_reading(model, point._replace(mismatch=OPEN)),
        "spin heat": half_width_reading(model, point._replace(S=0.0, P_L_S=0.0)),
    }
    effects = {name: read / float(reading) - 1 for name, reading in without.items()}
    known = sorted((name for name in effects if math.isfinite(effects[name])), key=lambda name: -abs(math.log1p(effects[name])))
    causes = {name: effects[name] for name in known}
    if not math.isfinite(read):
        return Answer(read, causes, "Your curve has no half width, so there is no τ to read.", ("Fit the exact curve with `hanle fit`.",))
    acting = [name for name in known if abs(effects[name]) >= _LITTLE]
    if not point.P_G:
        advice: tuple[str, ...] = ("Your signal is spin heat alone: its width tells τ_Q, not τ_s.",)
    elif acting:
        advice = tuple(_ADVICE[name] for name in acting)
    else:
        advice = ("Read τ off the half width: nothing needs to be corrected.",)
    longer = f"{percent(read - 1)} {'longer' if read > 1 else 'shorter'} than" if abs(read - 1) >= 1e-4 else "equal to"
    return Answer(read - 1, causes, f"The half width gives a τ that is {longer} τ_s.", advice)
