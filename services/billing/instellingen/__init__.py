"""The room of the settings: those that come with the service, and the reader of a municipality's own file."""
