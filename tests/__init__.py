"""Tests: the code mirrored one to one, against real servers."""
