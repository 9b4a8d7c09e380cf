"""Formulas, each written once, over one or many confusion matrices."""
