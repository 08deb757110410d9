"""One collection served to others: an HTTP API with a page for people, and tools for language models (MCP)."""
