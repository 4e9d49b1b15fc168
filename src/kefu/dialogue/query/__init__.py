"""What a question means where it leans on the conversation: it is made to stand alone before anything is looked up."""
