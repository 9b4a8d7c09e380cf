"""The three services; each is a package that imports none of the others."""
