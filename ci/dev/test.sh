test_usage() {
  cat <<'TEXT'
Usage: ./dev test [--gcc] [--quick] [--filter REGEX] [--yes]

Builds the tests with clang-19, AddressSanitizer and UndefinedBehaviorSanitizer, runs them, talks
to TARS implementations of other languages (where Node.js and Go are present or may be installed),
and checks the repository's own rules (ci/tidy.py). The last line counts the tests.

  --gcc           build with g++-12 instead, without sanitizers
  --quick         leave out the other languages
  --filter REGEX  only the ctest entries whose names match; nothing else
TEXT
}

test_main() {
  local preset=dev quick=no filter=''
  while (($# > 0)); do
    case $1 in
      --gcc) preset=gcc ;;
      --quick) quick=yes ;;
      --filter)
        (($# > 1)) || die_usage "--filter wants a regular expression: ./dev test --filter codec"
        filter=$2
        shift
        ;;
      *) die_usage "unknown option '$1'; ./dev test takes --gcc --quick --filter REGEX --yes" ;;
    esac
    shift
  done
  need_packages build
  build "$preset"
  : >"$counts_file"
  run_ctest "$preset" "$filter"
  if [[ -z $filter ]]; then
    run_checks "$preset"
    [[ $quick == yes ]] || run_interop "$preset" node go
  fi
  print_counts
}
