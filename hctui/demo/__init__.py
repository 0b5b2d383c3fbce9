"""The demo: three invented companies to try hctui on, and a run that damages and restores them before one's eyes."""
