"""Schemas of XML formats and the dataclasses generated from them; see README.md."""
