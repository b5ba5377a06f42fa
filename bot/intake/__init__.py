"""Webhooks: verify over the raw bytes, parse into an event, store durably, answer."""
