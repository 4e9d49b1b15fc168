"""What is kept of a conversation for those who come next."""
