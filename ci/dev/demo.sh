demo_usage() {
  cat <<'TEXT'
Usage: ./dev demo [--once] [--seeds N] [--yes]

Builds the release preset, starts the example Hello service (examples/hello) in a process of its
own, calls it through the generated proxy and, where Node.js is present, through a @tars/rpc client,
and prints answers and latency. Then the same service and client run in simulation, with faults.

  --once     check everything that is printed, then end; for machines
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
  die "not there yet"
}
