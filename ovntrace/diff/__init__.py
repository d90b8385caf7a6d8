"""What changed between two snapshots, in the terms of the field: workloads, hops, policies."""
