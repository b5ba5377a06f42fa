"""The world's records in Forgejo's JSON, each function named after the description's definition."""
