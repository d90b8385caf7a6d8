"""The hops, a file for each stretch of the way. Each function takes a Context and gives Hops."""
