"""Sweeps over seeds, recipes and hyperparameters; the best by validation is published."""
