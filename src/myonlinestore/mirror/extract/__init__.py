"""Reading a store: streams, incremental windows and reconciliation."""
