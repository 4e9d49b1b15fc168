"""What happens after a hand-off: agents see the queue, take conversations, answer, and give them back."""
