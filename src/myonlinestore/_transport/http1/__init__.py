"""An HTTP/1.1 client on raw sockets for sync code, asyncio and trio."""
