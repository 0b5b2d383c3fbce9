"""Following a job on the command line: with bars, plain lines or lines of JSON."""
