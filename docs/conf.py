# Sphinx reads this file: https://www.sphinx-doc.org/en/master/usage/configuration.html
project = "Fairdial"
author = "The Fairdial maintainers"
project_copyright = "The Fairdial maintainers"

extensions = ["myst_parser"]
exclude_patterns = ["examples", "images"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = "Fairdial"
