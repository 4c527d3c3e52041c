"""The invoice of EN 16931, read from and written to UBL 2.1 and UN/CEFACT CII D16B."""
