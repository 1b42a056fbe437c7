# A streaming job: reads records from stdin, writes rows to stdout. It counts the records of each @KEY@: put your own here.
# Fields with a comma or a quote in them are more than this awk can read; take another language for those.
exec awk -F, -v key='@KEY@' '
BEGIN { print key ",n"; fflush() }  # the header of its own rows: ready
NR == 1 { for (i = 1; i <= NF; i++) if ($i == key) column = i; next }
{ n[$column]++ }
END { for (value in n) print value "," n[value] }  # a row may come at any time
'
