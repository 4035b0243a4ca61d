"""The modules of compare.py: a server, worker processes, benchmark definitions and the report.

Only `workloads` imports the client, and only its public names, so that the same files run in the
environment of the published client.
"""
