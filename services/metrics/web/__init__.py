"""The page of the metrics service: template, scripts, style and words."""
