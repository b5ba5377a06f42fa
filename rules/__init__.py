"""The domain: facts about weights, the guidelines that judge them, and the licences they come under.

Nothing here knows a forge, a web framework, a database or the network.
"""
