fuzz_usage() {
  cat <<'TEXT'
Usage: ./dev fuzz [TARGET…] [--seconds N] [--replay] [--yes]

Builds the fuzz targets (clang-19, libFuzzer, ASan, UBSan), proves that they are alive with a canary
that must fail, replays each committed corpus and then fuzzes each target, as many at once as there
are cores. Every input runs on a stack of 128 KiB and under the target's allocation limit.

  TARGET       names as under fuzz/corpus/; all without any
  --seconds N  how long to fuzz each target (default 30)
  --replay     only replay the corpora

A failure prints the input's file and the command that repeats it.
TEXT
}

fuzz_main() {
  local seconds=30 subjects=() known
  while (($# > 0)); do
    case $1 in
      --seconds)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die_usage "--seconds wants a number: ./dev fuzz --seconds 60"
        seconds=$2
        shift
        ;;
      --replay) seconds=0 ;;
      -*) die_usage "unknown option '$1'; ./dev fuzz takes --seconds N --replay --yes" ;;
      *) subjects+=("$1") ;;
    esac
    shift
  done
  need_packages build
  build fuzz
  known=$(cut -d' ' -f1 build/fuzz/fuzz/targets | tr '\n' ' ')
  if ((${#subjects[@]} == 0)); then
    read -r -a subjects <<<"$known"
  fi
  local subject
  for subject in "${subjects[@]}"; do
    [[ " $known" == *" $subject "* ]] ||
      die_usage "there is no fuzz target '$subject'; one of: $known"
  done
  : >"$counts_file"
  fuzz_all "$seconds" "${subjects[@]}"
  print_counts
}
