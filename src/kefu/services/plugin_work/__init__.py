"""Plugins beside turns: switched on and off, their tables, jobs, schedules and channels."""
