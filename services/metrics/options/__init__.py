"""What a caller may choose, and the check of it."""
