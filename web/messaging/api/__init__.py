"""Routes of conversations, by topic."""
