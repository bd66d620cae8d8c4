"""What Phys. Rev. Lett. 112, 056602 says, held against the exact curve: its numbers, and its claims."""
