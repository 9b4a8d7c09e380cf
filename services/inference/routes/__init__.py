"""The HTTP surface: each module parses, calls the core, and answers."""
