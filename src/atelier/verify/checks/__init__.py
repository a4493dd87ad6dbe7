"""The checks, one topic a file; each is a coroutine that returns when its claim holds."""
