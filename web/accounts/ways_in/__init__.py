"""Ways in: how somebody proves who they are, and how a member adds, changes and removes a way."""
