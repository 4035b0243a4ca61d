"""Articles, their images, fields and lists."""
