"""The wire formats of other systems, whose clients we serve; pure, no HTTP."""
