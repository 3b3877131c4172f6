"""Pages and forms: parse, one call, render."""
