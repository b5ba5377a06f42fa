"""What deliveries make us do: one module for each kind of work, found by `bot.errands.run`.

A module says in `KIND` which work it does and does it in `run(work, desk)`, which returns a clause for the deliveries
page. Running it twice is the same as once. It raises UnavailableError where another try later may help.
"""
