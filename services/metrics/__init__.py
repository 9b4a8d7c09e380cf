"""Marks answers: the confusion matrix and every statistic that follows from it."""
