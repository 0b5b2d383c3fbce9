"""The exit codes of `hctui`."""

from __future__ import annotations

from signal import SIGTERM

from hctui.messages import N_

DONE, FAILED, USAGE, WARNED, CANCELLED, INTERRUPTED = 0, 1, 2, 3, 4, 130
TERMINATED = 128 + SIGTERM
"""SIGTERM before a job was started; afterwards SIGTERM cancels the job, and the code is `CANCELLED`."""

EXPLANATION = N_(
    "Exit codes: 0 done (advice may have been given), 1 failed, 2 wrong usage, 3 done, but the result is less than what was"
    " asked for, 4 cancelled (also by SIGTERM),"
    " 130 interrupted with Ctrl-C. A lost terminal (SIGHUP) leaves the job running: see “hctui jobs”."
)
