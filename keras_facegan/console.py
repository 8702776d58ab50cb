"""The terminal: tables and lines show names as they are, whatever these hold."""

from typing import Any

from rich.console import Console


def plain_console(**options: Any) -> Console:
    """Return a console of rich that takes no text for markup: `me [old].png` and `:cat:.png` stay as they are.

    Args:
        **options: What `rich.console.Console` takes.
    """
    return Console(markup=False, emoji=False, **options)
