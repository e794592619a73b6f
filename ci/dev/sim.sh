sim_usage() {
  cat <<'TEXT'
Usage: ./dev sim [SCENARIO] [OPTION]… [--yes]

Builds the simulator and runs a scenario; ./dev sim with nothing lists them. Every option after the
scenario goes to tarsier-sim, whose own page is ./dev sim --options.

  ./dev sim echo --seeds 1000        1,000 seeds
  ./dev sim echo --seed 42           one seed again, exactly

A failing run prints its seed and the command that replays it.
TEXT
}

sim_main() {
  need_packages build
  build release tarsier-sim
  local program=build/release/sim/tarsier-sim
  case ${1:-} in
    '') "$program" list ;;
    --options) "$program" --help ;;
    -*) die_usage "the scenario comes first: ./dev sim echo --seeds 1000" ;;
    *)
      local scenario=$1
      shift
      "$program" run --scenario "$scenario" "$@"
      ;;
  esac
}
