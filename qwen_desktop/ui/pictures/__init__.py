"""Pictures on their way into a prompt and onto the screen: taken in, kept, shown small, opened."""
