cover_usage() {
  cat <<'TEXT'
Usage: ./dev cover [--html] [--yes]

Builds the tests with g++-12 and gcov, runs them and a slice of the simulator's seeds, and prints
line coverage per folder and every error path in transport, client and server that nothing reached.
Fails when protocol/ is below 90 % of lines.

  --html  also write build/coverage/html/index.html
TEXT
}

# Where the seeds are taken from.
cover_seeds() {
  local program=build/coverage/sim/tarsier-sim
  [[ -x $program ]] || return 0
  local scenario
  for scenario in $("$program" list | sed -n 's/^\([a-z][a-z_-]*\): .*/\1/p'); do
    "$program" run --scenario "$scenario" --seeds 20 >build/log/cover-seeds.log 2>&1 </dev/null ||
      { tail -n 20 build/log/cover-seeds.log >&2; die "the seeds of $scenario failed"; }
  done
}

cover_main() {
  local html=no
  while (($# > 0)); do
    case $1 in
      --html) html=yes ;;
      *) die_usage "unknown option '$1'; ./dev cover takes --html --yes" ;;
    esac
    shift
  done
  need_packages build cover
  python3 ci/coverage/report_test.py 2>/dev/null | grep -q ', 0 failed' ||
    die "ci/coverage/report_test.py failed"
  build coverage
  find build/coverage -name '*.gcda' -delete
  : >"$counts_file"
  run_ctest coverage
  cover_seeds
  local trace=build/coverage/trace.info started=$SECONDS
  lcov --quiet --capture --directory build/coverage --base-directory . --gcov-tool gcov-12 \
    --no-external --rc geninfo_auto_base=1 --output-file "$trace" >build/log/lcov.log 2>&1 ||
    { tail -n 5 build/log/lcov.log >&2; die "lcov failed"; }
  say cover "traced   $(duration_text $((SECONDS - started)))"
  if [[ $html == yes ]]; then
    genhtml --quiet --output-directory build/coverage/html "$trace" >>build/log/lcov.log 2>&1
    say cover "build/coverage/html/index.html"
  fi
  local status=0
  python3 ci/coverage/report.py "$trace" --build build/coverage --minimum protocol=90 || status=1
  print_counts || status=1
  return "$status"
}
