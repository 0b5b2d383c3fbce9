"""Jobs: an operation in a process of its own that outlives the terminal (DESIGN.md 5).

`start` begins one, `unattended` tells what a new hctui should offer to look at, `Job.events` follows one from the
beginning to its end, in this process or any other.
"""

from hctui.jobs.job import Job, State
from hctui.jobs.listing import find, jobs, unattended
from hctui.jobs.starting import start

__all__ = ["Job", "State", "find", "jobs", "start", "unattended"]
