"""What a customer may have meant where a word is none of the knowledge's: by sound in Chinese, by letters in English."""
