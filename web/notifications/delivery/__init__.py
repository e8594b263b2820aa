"""How what a member is told leaves Plaza: ``strategies`` has the contract, the other modules keep it."""
