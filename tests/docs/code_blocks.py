"""The blocks of code in a document."""

from __future__ import annotations

import re


def find_code_blocks(text: str, language: str) -> list[str]:
    """Return the blocks of one language in a Markdown text."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
