"""What `_cy_` modules use of Cython when they run as plain Python where Cython is not installed."""

from contextlib import nullcontext

compiled = False
nogil = nullcontext()
