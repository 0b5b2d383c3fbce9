"""Following a job on the command line: bars, plain lines, JSON lines, or nothing."""
