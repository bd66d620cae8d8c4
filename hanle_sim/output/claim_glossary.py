"""What the report on the claims says of itself: where it is from, its verdicts, its maps and its symbols."""

ABOUT = (
    'Vera-Marun, van Wees, Jansen, "Spin heat accumulation induced by tunneling from a ferromagnet". Written by `hanle claims`. Every '
    "number is computed with the exact closed form at the time of writing, for the device named here: `hanle claims mine.toml` judges "
    "yours."
)
HEADING = "Symbols, verdicts and maps"
READING = (
    "A claim holds where its error is below 1 % and stays so at any back-flow. It holds within limits where its error is below 10 % here "
    "but grows with back-flow. It fails beyond, unless its method says otherwise. The paper's two closing questions are answered by yes or "
    "no on the same grounds.",
    "Maps vary two parameters around the device and keep the rest, with contours at 1, 5 and 10 %. A white mark is the device, an "
    "arrowhead where it lies beyond the map.",
)
#: Symbols and what they mean, as the report uses them.
SYMBOLS = (
    ("Δμ, ΔT_s", "spin accumulation and spin heat accumulation; a Δμ or ΔT_s curve is what it adds to the Hanle signal"),
    ("τ_s, τ_Q", "relaxation times of spins and of spin heat; λ_s and λ_Q are their relaxation lengths"),
    ("τ_in", "time between inelastic collisions: τ_s/τ_in is the inelastic rate"),
    ("r_s, r_Q", "spin resistance and spin heat resistance of the nonmagnet"),
    ("R_tun, R_Q", "resistance and electronic heat resistance of the tunnel barrier, R_Q = 1/κ_el"),
    ("r_s/R_tun, r_Q/R_Q", "mismatches: with them grows the back-flow of spins and of spin heat into the ferromagnet"),
    ("α", "r_s/(L_0 T_0 r_Q), from the spin-Wiedemann-Franz law, Eq. (13)"),
    ("P_G, P_L, P_κ", "spin polarisations of the junction's conductance G, thermoelectric conductance L and heat conductance κ"),
    ("S", "Seebeck coefficient of the junction, often over √L_0; the second law limits it"),
    ("L_0, T_0, ΔT_0", "Lorenz number, temperature, and the temperature difference across the junction"),
    ("ω_L", "Larmor frequency, which the field sets: a Lorentzian has its half width at ω_L τ = 1"),
    ("second-law margin", "the lesser of 1 − L_σ² T_0/(κ_σ G_σ) of the two spins σ: zero at the edge of what is allowed"),
    ("lumped, diffusive, film", "the same junction, r_s, τ_s and τ_Q on a nonmagnet that is well mixed, semi-infinite, or a film"),
)
