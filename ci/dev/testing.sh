# Running tests: ctest, tidy, other languages. Sourced by ./dev test and .ci/run.

# run_ctest PRESET [REGEX [FOLDER]]: counts single test cases, not binaries.
run_ctest() {
  local preset=$1 filter=${2:-} folder=${3:-.} started=$SECONDS
  local results=build/$preset/results arguments=()
  rm -rf "$results"
  mkdir -p "$results"
  [[ -z $filter ]] || arguments=(-R "$filter" --no-tests=error)
  # RapidCheck takes a random seed unless one is given. Name it, so that a failure can be repeated.
  if [[ -z ${RC_PARAMS:-} ]]; then
    local seed=$SRANDOM
    [[ -z ${CI:-} ]] || seed=20261121
    export RC_PARAMS="seed=$seed"
  fi
  say tests "$preset · repeat with RC_PARAMS='$RC_PARAMS'"
  local symbolizer
  symbolizer=$(command -v llvm-symbolizer-19 || true)
  GTEST_OUTPUT="xml:$PWD/$results/" GTEST_COLOR=no ASAN_SYMBOLIZER_PATH=$symbolizer \
    ctest --test-dir "build/$preset/$folder" -j "$cores" --output-on-failure --schedule-random \
    --output-junit "$PWD/$results/ctest.junit" "${arguments[@]}" </dev/null \
    >"build/log/ctest-$preset.log" 2>&1 || true
  python3 ci/count_tests.py "$results" >"$results/summary" || true
  count_output "$results/summary" "ctest-$preset" 0
  if ! grep -q ', 0 failed' "$results/summary"; then
    grep -vE '^ *(Start +)?[0-9]+(/[0-9]+)?[: ].*(Passed|Start)' "build/log/ctest-$preset.log" |
      tail -n 120
  fi
  cat "$results/summary"
  say tests "$preset · $(duration_text $((SECONDS - started)))"
}

# The repository's own rules and the tests of its tools; the link-time gate looks at the libraries
# of the preset.
run_checks() {
  counted tidy_test python3 ci/tidy_test.py
  counted tidy python3 ci/tidy.py --libraries "build/$1"
  counted dev_test python3 ci/dev_test.py
  counted docs python3 ci/docs_test.py --no-commands
  counted coverage_test python3 ci/coverage/report_test.py
}

# run_interop PRESET PEER…: calls in both directions with TARS implementations of other languages.
# A toolchain that is missing and may not be installed counts as skipped.
run_interop() {
  local preset=$1 peer
  shift
  [[ -d build/$preset/ci/interop ]] || return 0
  for peer in "$@"; do
    if ! try_packages "$peer"; then
      say "$peer" "skipped: not installed (--yes installs it)"
      count 0 0 1 "interop-$peer"
      continue
    fi
    counted "interop-$peer" python3 ci/interop/run.py --only "$peer" \
      --programs "build/$preset/ci/interop"
  done
}
