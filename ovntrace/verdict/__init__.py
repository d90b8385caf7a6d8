"""A flow's way judged from the northbound database: what decides it, and whose policy that is."""
