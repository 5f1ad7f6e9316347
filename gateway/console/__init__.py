"""The console's pages.

`pages` is the table: one row per page, its values in a module of its own (`board`). `routes` serves
them over a connection that cannot write (`reading`), `render` fills templates, `language` chooses
the catalogue in `locales`, `modules` the scripts that a page is made of, `qr` draws
the code of a second factor. Scripts and styles are in `static`; `static_files` serves them under an
address that names their content.
docs/recipes/console-page.md makes a page, step by step.
"""
