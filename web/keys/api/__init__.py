"""Routes of keys and sealed messages, by topic."""
