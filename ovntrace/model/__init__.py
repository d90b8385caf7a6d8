"""Records of what was collected, and the Snapshot that holds them. No I/O, no clock."""
