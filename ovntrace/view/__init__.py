"""The joins: a Snapshot becomes Workload -> Attachments -> Hops."""
