"""What the tests share: fixtures as strings, servers, repositories."""
