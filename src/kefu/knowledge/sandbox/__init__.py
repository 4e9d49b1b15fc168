"""Reading files that others wrote, in a process that can do nothing else."""
