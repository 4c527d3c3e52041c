"""Everything outside the process that the hub talks to; `ENDPOINTS` is the one list."""
