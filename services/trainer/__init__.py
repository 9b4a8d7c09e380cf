"""Trains image classifiers and publishes them, version by version."""
