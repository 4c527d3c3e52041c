"""The order of events; the only folder that uses Prefect's engine."""
