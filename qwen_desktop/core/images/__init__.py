"""Pictures of the user to pictures that are sent."""
