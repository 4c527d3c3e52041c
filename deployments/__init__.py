"""The transfers as code, and the command that checks and applies them."""
