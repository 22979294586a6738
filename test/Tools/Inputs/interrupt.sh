# interrupt.sh FILE COMMAND...: interrupts the command once FILE has content.
file=$1
shift
"$@" &
while kill -0 $! && ! test -s "$file"; do sleep 0.1; done
kill -INT $!
wait $!
echo code $?
