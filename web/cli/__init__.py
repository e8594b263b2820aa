"""The `plaza` command: one module per command, imported only when it is used."""
