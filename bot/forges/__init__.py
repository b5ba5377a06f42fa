"""The forges: one module each behind the protocol in `bot.forges.protocol`. Only this room talks to them."""
