"""Other people's clients against the stand-in API server."""
