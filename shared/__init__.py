"""What at least two services use today."""

__version__ = "0.1.0"
