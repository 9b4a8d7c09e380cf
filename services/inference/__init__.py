"""Serves every published model: a picture in, a class out."""
