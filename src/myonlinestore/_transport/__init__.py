"""Transport: sends requests with httpx, synchronously and asynchronously.

Requests go to an httpx transport directly. The tokens are added to a copy of the request below
everything that logs, chains or shows it, and only for the configured origin.
"""
