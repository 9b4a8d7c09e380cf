"""Bodies and answers as `/docs` describes them; the answers themselves are made by the core."""
