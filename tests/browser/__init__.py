"""What a person sees in the Prefect UI, looked at with a real browser."""
