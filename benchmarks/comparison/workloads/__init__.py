"""The works that are measured: each function prepares one, and gives its timed part.

They use what a user uses: the documented names of either client.
"""
