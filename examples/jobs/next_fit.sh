# Replies: next fit, a bin for each size.
read -r header; echo "$header" # sent back: ready
bin=0 room=$COUNTERPOINT_PARAMETER_CAPACITY
while read -r size; do
    if [ "$size" -gt "$room" ]; then bin=$((bin + 1)) room=$COUNTERPOINT_PARAMETER_CAPACITY; fi
    room=$((room - size))
    echo $bin
done
