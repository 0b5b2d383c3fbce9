"""Tests that packages with engines of their own run: the contract of engines. pytest is needed; nothing of hctui imports it."""

import pytest

pytest.register_assert_rewrite("hctui.testing.engine_suite")
