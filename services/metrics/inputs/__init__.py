"""Bodies of every supported format, read into arrays."""
