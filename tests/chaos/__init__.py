"""The crash matrix: killed at every point where anything changes, and continued."""
