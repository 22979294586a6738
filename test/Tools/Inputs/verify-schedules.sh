# verify-schedules.sh "SCHEDULES" ARGUMENTS: verifies a split under each, one line
# a schedule.
schedules=$1
shift
for schedule in $schedules; do
  printf '%s: ' $schedule
  mpc-run verify "$@" --schedule=$schedule
done
