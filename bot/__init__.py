"""The machine around the rules: forges, scanner, store, jobs, reports and the command line."""
