"""Pictures in a version: curves of its training, its confusion matrix, its errors."""
