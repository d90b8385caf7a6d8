"""A finished view becomes text, JSON, YAML or Markdown. No lookups, no decisions."""
