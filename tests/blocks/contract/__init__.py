"""The promises of `blocks.endpoint` as tests, in parts; `tests.blocks.endpoint_contract` joins them."""
