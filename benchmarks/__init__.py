"""Speed and memory of the hub, each beside a named rival in the same run."""
