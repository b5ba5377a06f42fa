"""One merge request's way through: collect, evaluate, record, publish."""
