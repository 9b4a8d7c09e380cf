"""Pictures of an evaluation, drawn with matplotlib, which is loaded for the first of them."""
