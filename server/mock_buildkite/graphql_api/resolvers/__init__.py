"""One module per noun; each exports its bindables."""
