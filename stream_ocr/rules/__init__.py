"""What becomes of texts that have been voted on: pure, with time passed in."""
