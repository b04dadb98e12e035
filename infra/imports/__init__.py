"""Files of records: what `meterlake import` reads, in whatever encoding and container it comes, and
what other products export.

`text` makes UTF-8 of the bytes of a file, `containers` records of the text, `formats` says whose
export it is; a module a product makes records of ours of its rows."""
