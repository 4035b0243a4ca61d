"""``python -m myonlinestore.cli``."""

from __future__ import annotations

from myonlinestore.cli import main

if __name__ == "__main__":
    main()
