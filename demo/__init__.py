"""A hub at work on this machine: real servers, a real failure, a real Retry."""
