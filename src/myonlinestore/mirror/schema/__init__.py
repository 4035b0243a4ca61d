"""Tables inferred from Structs, and rows flattened into them."""
