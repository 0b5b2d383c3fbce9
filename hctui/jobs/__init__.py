"""Jobs: an operation in a process of its own that outlives the terminal (DESIGN.md 5).

`start` starts a job, `unattended` returns the jobs that a new hctui offers to show, and `Job.events` follows a job from its
first event to its last, in any process.
"""

from hctui.jobs.history import find, jobs, unattended
from hctui.jobs.job import Job, State
from hctui.jobs.launcher import start

__all__ = ["Job", "State", "find", "jobs", "start", "unattended"]
