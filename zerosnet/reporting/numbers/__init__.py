"""The numbers of a page: tables and figures, of what is decided exactly and of what is run."""
