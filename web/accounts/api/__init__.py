"""Routes of accounts, by topic."""
