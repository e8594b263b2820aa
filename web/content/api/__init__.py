"""Routes of content, by topic."""
