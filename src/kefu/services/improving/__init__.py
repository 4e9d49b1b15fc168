"""The improving loop: what is asked in vain, what is wrong with the documents, what a change would do."""
