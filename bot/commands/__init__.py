"""Slash commands: what people ask the bot for in comments. `grammar.py` reads them, one module each does one."""
