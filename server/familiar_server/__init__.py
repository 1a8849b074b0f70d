"""The rim: the only room that knows LSP, JSON-RPC and argv."""
