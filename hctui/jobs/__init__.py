"""Jobs: an operation in a process of its own that outlives the terminal (DESIGN.md 5).

`start` begins one, `unattended` tells what a new hctui should offer to look at, `Job.events` follows one from the
beginning to its end, in this process or any other.
"""

from hctui.jobs.history import find, jobs, unattended
from hctui.jobs.job import Job, State
from hctui.jobs.launcher import start

__all__ = ["Job", "State", "find", "jobs", "start", "unattended"]
