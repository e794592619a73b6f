fmt_usage() {
  cat <<'TEXT'
Usage: ./dev fmt [--check]

Formats the C++ files that git tracks with clang-format-19. Golden files of the IDL compiler stay
as the compiler writes them.

  --check  change nothing; fail when a file would change
TEXT
}

fmt_main() {
  local check=no
  while (($# > 0)); do
    case $1 in
      --check) check=yes ;;
      *) die_usage "unknown option '$1'; ./dev fmt takes --check" ;;
    esac
    shift
  done
  need_packages format
  local files
  mapfile -t files < <(git ls-files '*.h' '*.cc' | grep -v '/golden/')
  if [[ $check == yes ]]; then
    clang-format-19 --dry-run -Werror "${files[@]}" || die "not formatted; run ./dev fmt"
  else
    clang-format-19 -i "${files[@]}"
  fi
  good fmt "${#files[@]} files"
}
