"""The statements, built once at import, one module per topic."""
