"""The agreement between the server and the socket app on how a request becomes a conversation.

Apart from both, because importing the server patches the standard library.
"""

# In the WSGI environment: a function that is called with the open socket, and with what the client has sent
# already, once the request has been answered with 101.
CONVERSATION = "plaza.conversation"
