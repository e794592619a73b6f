"""The checks of ci/tidy.py, one file a kind. Each takes files and yields Findings."""
