"""What `diff` tells of two snapshots, and what it keeps quiet about."""
