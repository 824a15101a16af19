"""Reports: one content model, shown as terminal text or Markdown."""
