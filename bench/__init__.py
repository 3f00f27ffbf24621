"""How fast billing is, beside a floor that does the least any such consumer must, in the same run."""
