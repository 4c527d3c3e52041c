"""Tests of blocks/; the shared suite's assertions are shown in full like those of a test module."""

import pytest

pytest.register_assert_rewrite("tests.blocks.contract")
