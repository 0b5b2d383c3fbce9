"""The names that the `_cy_` modules use of Cython, for when they run as plain Python and Cython is not installed."""

from contextlib import nullcontext

compiled = False
nogil = nullcontext()
