"""Setting the bot up in a browser: registering its GitHub App."""
