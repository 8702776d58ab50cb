"""The only code that knows a backend."""
