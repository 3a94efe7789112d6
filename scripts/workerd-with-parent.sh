#!/bin/sh
# Runs workerd so that it dies with the process that started it, also by SIGKILL. Descriptor 3 is the control channel
# to that process (a socket pair, on which workerd only writes): its end is the parent's end.
(
  cat <&3
  kill -9 $$
) >/dev/null 2>&1 </dev/null &
exec "$LECTERN_WORKERD" "$@"
