"""What the vendor does when something is written: the rules behind the operations."""
