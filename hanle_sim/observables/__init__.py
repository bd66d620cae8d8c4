"""What one reads off a curve: half width, curvature, tail, and the Lorentzians that stand for it."""
