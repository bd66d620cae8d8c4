"""A FIT.toml to edit."""

#: What a template has besides a preset's device.
_TEMPLATE = """
[data]
# file = "curve.csv"         # or on the command line: hanle fit curve.csv --config FIT.toml
# x = "B"                    # a column's name, or its number counted from 1; guessed unless given
# x_unit = "mT"              # where the file does not say
# y = "R_nl"
# y_unit = "mohm"            # in V the signal, in ohm the signal over the current
# sigma = "1 mohm"           # standard error of a point, or its column; from the residuals unless given
# field_window = ["-50 mT", "50 mT"]

[fit]
offset = true
field_offset = true
background = "none"          # or "linear", "parabola"
loss = "linear"              # or "soft_l1" where there are outliers

[fit.free]                   # start, min, max, prior = "normal(1 ns, 0.1 ns)", shared = false for a value for each file
tau_s = {}
"""


def template(preset: str) -> str:
    """A FIT.toml to edit, of a preset's device. Raises ConfigurationError for an unknown preset."""
    from ..configuration import preset_text

    kept, is_kept = [], True
    for line in preset_text(preset).splitlines():
        if line.startswith("["):
            is_kept = line.strip() not in ("[drive]", "[field]")
        elif line.startswith("# ["):
            is_kept = True
        if is_kept:
            kept.append(line)
    free = ["P_G = {}"] + ["D = {}"] * any(line.startswith("D = ") for line in kept)
    return "\n".join(kept).rstrip() + "\n" + _TEMPLATE + "\n".join(free) + "\n"
