# Emits: how many records there are of each user, the first column.
read -r header
echo user,n # the header of its own rows: ready
cut -d , -f 1 | sort | uniq -c | awk '{ print $2 "," $1 }'
