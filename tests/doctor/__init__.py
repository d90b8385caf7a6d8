"""Doctor: what is judged of what was found."""
