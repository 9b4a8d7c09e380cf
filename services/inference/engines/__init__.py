"""The runtimes that compute a version's function, one file each."""
