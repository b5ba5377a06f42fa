"""The database: deliveries, merge requests, artifacts and flags. Plain data comes out, never ORM objects."""
