doctor_usage() {
  cat <<'TEXT'
Usage: ./dev doctor

Says what this machine has and lacks for each command. Installs nothing.
TEXT
}

# doctor_line GROUP WHAT: one line about a group of packages.
doctor_line() {
  local missing
  # shellcheck disable=SC2046
  missing=$(missing_packages $(packages_of "$1") | tr '\n' ' ')
  if [[ -z $missing ]]; then
    good "$1" "$2"
    return 0
  fi
  say "$1" "$2: missing ${missing% }"
  return 1
}

doctor_main() {
  (($# == 0)) || die_usage "./dev doctor takes no '$1'"
  say machine "$(os_name) · $(uname -m) · $cores cores · $(
    awk '/MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo) · $(
    df -h --output=avail . | tail -n 1 | tr -d ' ') free"
  command -v dpkg-query >/dev/null || die "not a Debian: install what Debian calls" \
    "$(packages_of build), then use the CMake presets"
  local status=0
  doctor_line build "demo, test, sim, fuzz" || status=1
  doctor_line format "fmt" || true
  doctor_line cover "cover" || true
  doctor_line bench "bench" || true
  doctor_line grpc "bench: gRPC as a peer (optional)" || true
  doctor_line node "test: @tars/rpc as a peer (optional)" || true
  doctor_line go "test: TarsGo as a peer (optional)" || true
  doctor_line java ".ci/run: TarsJava as a peer (optional)" || true
  ((status == 0)) || die "./dev test --yes installs what is missing"
}
