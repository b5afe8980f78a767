"""What travels over HTTP. One file an aggregate; snake_case; lists are `{"items": [...], "next_cursor": null}`."""
