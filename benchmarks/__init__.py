"""Every figure that we claim, as a command."""
