"""The page for people: templates, style, and what fills them."""
