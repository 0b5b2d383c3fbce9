"""The demo: three invented companies to try hctui with, and a walkthrough that damages and restores them."""
