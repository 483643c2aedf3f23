"""The reports: pages, figures and tables, made from results; nothing here decides anything."""
