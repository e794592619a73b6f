# Replaying and fuzzing. Sourced by ./dev fuzz, ./dev deep and .ci/run.

# One libFuzzer process. The stack limit is part of the test: recursion must be bounded.
fuzz_process() {
  local subject=$1
  shift
  (
    ulimit -s 128
    ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-19 || true) \
      exec "build/fuzz/fuzz/fuzz_$subject" "$@"
  ) </dev/null
}

# The canary holds a planted bug. A set-up that does not find it finds nothing.
fuzz_canary() {
  local log=build/log/fuzz-canary.log
  if fuzz_process canary -max_total_time=60 -artifact_prefix=build/fuzz/artefacts/canary- \
    >"$log" 2>&1; then
    bad canary "the planted bug was not found: the fuzzers are blind ($log)"
    return 1
  fi
  grep -q 'SUMMARY: ' "$log" || { bad canary "it did not run ($log)"; return 1; }
  say canary "found, as it must be"
}

# fuzz_one SUBJECT MAX_LEN MALLOC_LIMIT_MB SECONDS: replays, then fuzzes; true when nothing broke.
fuzz_one() {
  local subject=$1 max_len=$2 malloc_limit=$3 seconds=$4
  local log=build/log/fuzz-$subject.log corpus=fuzz/corpus/$subject work=build/fuzz/work/$subject
  mkdir -p "$work"
  local options=(-max_len="$max_len" -malloc_limit_mb="$malloc_limit" -timeout=10
    -artifact_prefix="build/fuzz/artefacts/$subject-")
  [[ ! -f fuzz/$subject.dict ]] || options+=(-dict="fuzz/$subject.dict")
  if [[ ! -d $corpus ]]; then
    bad "$subject" "no corpus in $corpus"
    return 1
  fi
  if ! fuzz_process "$subject" "${options[@]}" -runs=0 "$corpus" >"$log" 2>&1; then
    fuzz_failure "$subject" "$log" "replay of $corpus"
    return 1
  fi
  local inputs
  inputs=$(find "$corpus" -type f | wc -l)
  if ((seconds > 0)) && ! fuzz_process "$subject" "${options[@]}" -max_total_time="$seconds" \
    -print_final_stats=1 "$work" "$corpus" >"$log" 2>&1; then
    fuzz_failure "$subject" "$log" "fuzzing"
    return 1
  fi
  local executions
  executions=$(awk '/stat::number_of_executed_units/ {print $2}' "$log")
  say "$subject" "$inputs inputs replayed${executions:+, $executions executions}"
}

fuzz_failure() {
  local input
  bad "$1" "failed in $3 (all of it in $2)"
  grep -E 'ERROR|SUMMARY|^    #[0-9] ' "$2" | head -n 12 >&2 || true
  input=$(grep -Eo "build/fuzz/artefacts/$1-[a-z]+-[0-9a-f]+" "$2" | tail -n 1 || true)
  [[ -z $input ]] || printf '   repeat it: build/fuzz/fuzz/fuzz_%s %s\n' "$1" "$input" >&2
}

# fuzz_all SECONDS SUBJECT…: as many at once as there are cores; each counts as one test.
fuzz_all() {
  local seconds=$1 subject max_len malloc_limit running=0
  shift
  mkdir -p build/fuzz/artefacts build/log
  rm -f build/log/fuzz-*.status
  if fuzz_canary; then count 1 0 0 fuzz-canary; else count 0 1 0 fuzz-canary; fi
  while read -r subject max_len malloc_limit; do
    [[ " $* " == *" $subject "* ]] || continue
    if ((running >= cores)); then
      wait -n || true
      running=$((running - 1))
    fi
    (
      if fuzz_one "$subject" "$max_len" "$malloc_limit" "$seconds"; then status=1; else status=0; fi
      echo "$status" >"build/log/fuzz-$subject.status"
    ) &
    running=$((running + 1))
  done <build/fuzz/fuzz/targets
  wait
  for subject in "$@"; do
    if [[ $(cat "build/log/fuzz-$subject.status" 2>/dev/null) == 1 ]]; then
      count 1 0 0 "fuzz-$subject"
    else
      count 0 1 0 "fuzz-$subject"
    fi
  done
}
