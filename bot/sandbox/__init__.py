"""A GitHub and a GitLab in one process over real git repositories, for the demo and the tests."""
