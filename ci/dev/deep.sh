deep_usage() {
  cat <<'TEXT'
Usage: ./dev deep [--hours N] [--yes]

The runs that CI has no time for: every fuzz target for its share of N hours (default 1), 100,000
seeds of every simulated scenario, and the whole test suite under ThreadSanitizer. Note date,
commit and result in docs/deep-runs.md when the subject of a run has changed.
TEXT
}

deep_main() {
  local hours=1
  while (($# > 0)); do
    case $1 in
      --hours)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die_usage "--hours wants a number: ./dev deep --hours 8"
        hours=$2
        shift
        ;;
      *) die_usage "unknown option '$1'; ./dev deep takes --hours N --yes" ;;
    esac
    shift
  done
  need_packages build
  : >"$counts_file"
  build fuzz
  local subjects
  mapfile -t subjects < <(cut -d' ' -f1 build/fuzz/fuzz/targets)
  fuzz_all $((hours * 3600 * cores / ${#subjects[@]})) "${subjects[@]}"
  build release tarsier-sim
  local program=build/release/sim/tarsier-sim scenario
  for scenario in $("$program" list | sed -nE 's/^(\w+): .*/\1/p'); do
    counted "seeds-$scenario" "$program" run --scenario "$scenario" --seeds 100000
  done
  build tsan
  run_ctest tsan
  print_counts
}
