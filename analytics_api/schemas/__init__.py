"""The public contract: what the answers look like, one module per topic."""
