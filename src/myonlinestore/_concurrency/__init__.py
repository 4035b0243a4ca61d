"""Sync driving of coroutines, event loops, forks, semaphores and task groups."""
