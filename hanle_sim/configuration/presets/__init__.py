"""The presets, a file NAME.toml each beside this; its first line begins with what it is."""

from importlib import resources

#: The preset that runs when none is named.
DEFAULT_PRESET = "fig2"
_FOLDER = resources.files(__package__)
_NAMES = sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


def text_of(name: str) -> str:
    """A preset as commented TOML."""
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


#: Descriptions by name, the default first: what the first line of each says before its colon.
PRESETS = {name: text_of(name).removeprefix("# ").partition(": ")[0] for name in sorted(_NAMES, key=lambda name: name != DEFAULT_PRESET)}
