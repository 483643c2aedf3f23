"""Images: which data sets there are, how to get them, and how they come to the device."""
