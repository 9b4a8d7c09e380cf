"""The page for people: its template, style, scripts and words."""
