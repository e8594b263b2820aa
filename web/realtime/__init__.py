"""The socket process: members' live connections, and the hub that feeds them."""
