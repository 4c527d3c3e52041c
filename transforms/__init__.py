"""Plain Python, files in, files out; `STEPS` is the one list of processing steps."""

from transforms.rename import Rename

STEPS = (Rename,)

AnyStep = Rename
