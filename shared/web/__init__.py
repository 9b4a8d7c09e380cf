"""What the pages of all services have alike: style, template, languages, scripts."""
