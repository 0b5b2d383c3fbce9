"""The contract of every engine, over the sample database of each."""

from __future__ import annotations

import pytest

from hctui.testing import engine_suite
from hctui.testing.engine_suite import *  # noqa: F403

test_cancelled_restore_changes_nothing = pytest.mark.usefixtures("nobody_else")(
    engine_suite.test_cancelled_restore_changes_nothing
)
"""It restores as often as it can be cancelled; most of the time of each is the search for other programs."""
