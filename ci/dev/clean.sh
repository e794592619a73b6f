clean_usage() {
  cat <<'TEXT'
Usage: ./dev clean

Deletes the build directories and what the demo left. Installed packages and the compiler cache
stay.
TEXT
}

clean_main() {
  (($# == 0)) || die_usage "./dev clean takes no '$1'"
  rm -rf build .tarsier
  good clean "build/ and .tarsier/ are gone"
}
