"""What happened here: each suggestion that was shown, and what became of it."""
