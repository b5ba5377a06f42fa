"""A GitHub, a GitLab and a Forgejo in one process over real git repositories, for the demo and the tests."""
