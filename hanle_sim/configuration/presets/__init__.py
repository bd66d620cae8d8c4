"""The presets: what each is, in a line; its configuration is NAME.toml beside this."""

from importlib import resources

#: Descriptions by name, the default first.
PRESETS = {
    "fig2": "Fig. 2 of Vera-Marun, van Wees, Jansen, Phys. Rev. Lett. 112, 056602 (2014)",
    "aluminium-island": "Co/Al2O3/Al island at room temperature, well mixed",
    "co-al2o3-silicon": "Ferromagnet/Al2O3/n-Si at 300 K, three-terminal",
    "contact": "A narrow contact on a thin channel, spins diffuse sideways",
    "diffusive": "A semi-infinite nonmagnet, in which spins diffuse away from the contact",
    "drift": "A bulk nonmagnet in an electric field, spins drift back to the contact",
    "film": "A film with a reflecting back",
    "film-absorbing": "A film with an absorbing back",
    "graphene": "Co/MgO/single-layer graphene at room temperature",
    "lateral": "Injector and detector on a thin channel, nonlocal",
    "layered": "Copper on a platinum spin sink below a tunnel contact",
    "lumped": "A well-mixed island, spins alike everywhere",
    "one-kelvin": "The paper's estimate of 1 K",
}
#: The preset that runs when none is named.
DEFAULT_PRESET = next(iter(PRESETS))


def text_of(name: str) -> str:
    """A preset as commented TOML."""
    return (resources.files(__package__) / f"{name}.toml").read_text(encoding="utf-8")
