"""What most commands end in: a plan becomes a job that is followed to its end."""

from __future__ import annotations

from hctui.cli.context import Invocation
from hctui.plans import Plan


def run_job(plan: Plan, invocation: Invocation, password: str | None, *, as_json: bool) -> int:
    """Start a job that carries out `plan`, tell of it as it was asked for, and return the exit code."""
    from hctui.cli.progress.follow import follow
    from hctui.cli.progress.lines import choose_follower
    from hctui.jobs import start

    follower = choose_follower(as_json=as_json, plain=invocation.plain)
    return follow(lambda: start(plan, invocation.configuration, password), follower)
