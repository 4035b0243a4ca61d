"""Transport: sends requests, synchronously and asynchronously.

Requests go through this package's own HTTP/1.1 client, or through httpx, which is loaded only then.
The tokens are added below everything that logs, chains or shows a request, and only for the
configured origin.
"""
