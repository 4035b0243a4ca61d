"""What compare.py needs: a store that answers at once, workers, rows, and the page of results.

Nothing in here imports this client, but `works`, and those import its public names alone: the same
files run in the environment of the published client.
"""
