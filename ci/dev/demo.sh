demo_usage() {
  cat <<'TEXT'
Usage: ./dev demo [--once] [--seeds N] [--yes]

Builds the release preset, starts the example Hello service (examples/hello) in a process of its
own, calls it through the generated client and, where Node.js is present, from JavaScript with
@tars/rpc, and prints answers and latency. Then the same server and client code runs in simulation,
with faults. Everything printed is checked; something unexpected is exit code 1.

  --once     end at once instead of leaving the service running for you to try
  --seeds N  how many simulated runs (default 1000)
TEXT
}

demo_main() {
  local once=no seeds=1000
  while (($# > 0)); do
    case $1 in
      --once) once=yes ;;
      --seeds)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die_usage "--seeds wants a number: ./dev demo --seeds 100"
        seeds=$2
        shift
        ;;
      *) die_usage "unknown option '$1'; ./dev demo takes --once --seeds N --yes" ;;
    esac
    shift
  done
  need_packages build
  build release hello_server hello_client hello_latency tarsier-sim
  local programs=build/release/examples/hello
  start_service "$programs/hello_server"
  call_from_cpp "$programs"
  call_from_node
  simulate "$seeds"
  [[ $once == yes || ! -t 0 ]] || let_try "$programs"
  stop_service
  good demo "done"
}

# Starts it on a free port; $service is its process, $endpoint where it listens.
start_service() {
  local log=build/log/demo-server.log i
  "$1" 'tcp -h 127.0.0.1 -p 0' >"$log" 2>&1 </dev/null &
  service=$!
  trap 'kill -KILL "$service" 2>/dev/null || true' EXIT
  for ((i = 0; i < 100; ++i)); do
    endpoint=$(sed -n 's/^serving .*@//p' "$log")
    [[ -z $endpoint ]] || break
    kill -0 "$service" 2>/dev/null || break
    sleep 0.05
  done
  [[ -n $endpoint ]] || { cat "$log" >&2; die "hello_server did not start"; }
  say start "$(cat "$log") · process $service"
}

stop_service() {
  local status=0
  kill -TERM "$service"
  wait "$service" || status=$?
  trap - EXIT
  ((status == 0)) || die "hello_server ended with $status"
  say stop "hello_server let its calls finish and ended"
}

# answered WHO ANSWER WANTED
answered() {
  [[ $2 == "$3" ]] || die "$1 got '$2' instead of '$3'"
  say call "$1: $2"
}

call_from_cpp() {
  local answer
  answer=$("$1/hello_client" 'C++' "$endpoint") || die "hello_client failed"
  answered 'C++' "$answer" 'Hello, C++!'
  answer=$("$1/hello_latency" "$endpoint" 10000) || die "hello_latency failed"
  say latency "C++: $answer"
}

call_from_node() {
  local log=build/log/demo-node.log answer
  if ! try_packages node || ! python3 - >"$log" 2>&1 <<'PYTHON'
import os, sys
sys.path.insert(0, "ci/interop")
import peers
os.makedirs("build/interop", exist_ok=True)
peers.Node("build/interop").prepare()
PYTHON
  then
    say call "Node.js: skipped, it or its packages are not there ($log)"
    return 0
  fi
  answer=$(NODE_PATH=build/interop/node/node_modules node --no-warnings \
    examples/hello/hello_client.js "$(sed -E 's/.*-p ([0-9]+).*/\1/' <<<"$endpoint")" Node 2000) ||
    die "hello_client.js failed"
  answered Node.js "$(head -n 1 <<<"$answer")" 'Hello, Node!'
  say latency "Node.js: $(tail -n 1 <<<"$answer")"
}

# The same server and client code, in virtual time, with faults.
simulate() {
  local log=build/log/demo-sim.log
  say simulate "$1 seeds of the echo scenario, each run twice and compared …"
  build/release/sim/tarsier-sim run --scenario echo --seeds "$1" -j "$cores" >"$log" 2>&1 ||
    { tail -n 30 "$log" >&2; die "a seed failed; the command that replays it is above"; }
  sed 's/^/     /' "$log"
  grep -q "^$1 passed, 0 failed" "$log" || die "not every seed passed"
}

let_try() {
  say try "$1/hello_client you '$endpoint'"
  say try "Ctrl-C stops the service (it lets its calls finish first)"
  trap : INT
  wait "$service" || true
  trap - INT
}
