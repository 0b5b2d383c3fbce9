"""The exit codes of `hctui`, as `--help` explains them."""

from __future__ import annotations

from hctui.messages import N_

EXPLANATION = N_(
    "Exit codes: 0 done (advice may have been given), 1 failed, 2 wrong usage, 3 done, but the result is less than what was"
    " asked for, 4 cancelled (also by SIGTERM), 10 no such file or database, 11 locked or in use, 12 wrong or missing"
    " password, 130 interrupted with Ctrl-C. A lost terminal (SIGHUP) leaves the job running: see “hctui jobs”."
)
