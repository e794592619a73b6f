# Shared by ./dev and .ci/run: printing, packages, building, counting. Sourced from the
# repository root.

export PATH="$PATH:/usr/local/go/bin"
assume_yes=${assume_yes:-no}
[[ -n ${CI:-} ]] && assume_yes=yes
cores=$(nproc)
readonly cores

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  terminal=yes bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  terminal=no bold='' red='' green='' plain=''
fi

# say STEP TEXT: one line of the story.
say() { printf ' %s▸%s %-10s %s\n' "$bold" "$plain" "$1" "$2"; }
good() { printf ' %s✔%s %-10s %s\n' "$green" "$plain" "$1" "$2"; }
bad() { printf ' %s✘%s %-10s %s\n' "$red" "$plain" "$1" "$2" >&2; }
die() {
  bad error "$*"
  exit 1
}
die_usage() {
  bad usage "$*"
  exit 2
}

# 125 -> "2 m 05 s"
duration_text() {
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d m %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# ask QUESTION: true if the answer is yes. No terminal and no --yes: no.
ask() {
  [[ $assume_yes == yes ]] && return 0
  [[ -t 0 ]] || return 1
  local answer
  read -r -p "   $1 [Y/n] " answer
  [[ -z $answer || $answer == [yY]* ]]
}

# ---- packages -----------------------------------------------------------------------------------

packages_of() {
  case $1 in
    build) echo clang-19 libclang-rt-19-dev lld-19 llvm-19 g++-12 cmake ninja-build ccache \
      libboost1.81-dev libssl-dev libgtest-dev libgmock-dev librapidcheck-dev python3 git \
      ca-certificates ;;
    format) echo clang-format-19 git ;;
    cover) echo lcov ;;
    bench) echo libbenchmark-dev ;;
    grpc) echo libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev ;;
    # A vendor's nodejs package brings npm with it and conflicts with Debian's npm.
    node) command -v node >/dev/null || echo nodejs
      command -v npm >/dev/null || echo npm ;;
    go) command -v go >/dev/null || echo golang-go ;;
    java) command -v javac >/dev/null || echo default-jdk-headless
      command -v mvn >/dev/null || echo maven ;;
    *) die "no package group '$1'" ;;
  esac
}

installed_packages() {
  dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
    awk '$1 ~ /^.i/ {print $2}' || true
}

missing_packages() {
  (($# > 0)) || return 0
  comm -23 <(printf '%s\n' "$@" | sort -u) <(installed_packages "$@" | sort -u)
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root: run as root or install sudo"
  fi
}

configure_again=no
# install_packages PACKAGE…: no questions; they were asked.
install_packages() {
  local started=$SECONDS log=build/log/apt.log
  mkdir -p build/log
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120)
  # A bare image has no package lists; lists older than a day may name files that are gone.
  if [[ -z $(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -1 2>/dev/null) ]]; then
    as_root "${apt[@]}" update >"$log" 2>&1 || { tail -n 5 "$log" >&2; return 1; }
  fi
  as_root "${apt[@]}" install --no-install-recommends "$@" </dev/null >>"$log" 2>&1 ||
    { tail -n 5 "$log" >&2; return 1; }
  say packages "$# installed   $(duration_text $((SECONDS - started)))"
  configure_again=yes  # CMake looks for optional libraries when it configures
}

# need_packages GROUP…: installs what the groups lack, or stops with what would be right.
need_packages() {
  command -v dpkg-query >/dev/null || return 0  # not Debian: CMake names what is missing
  local group missing wanted=()
  for group in "$@"; do
    # shellcheck disable=SC2207
    wanted+=($(packages_of "$group"))
  done
  missing=$(missing_packages "${wanted[@]}" | tr '\n' ' ')
  missing=${missing% }
  [[ -n $missing ]] || return 0
  say check "$(os_name) · $cores cores · missing: $missing"
  if [[ " $missing " == *" libboost1.81-dev "* ]]; then
    local old
    old=$(installed_packages libboost-dev libboost1.74-dev | tr '\n' ' ')
    if [[ -n $old ]]; then
      say check "libboost1.81-dev replaces ${old% }, which conflicts with it"
      ask "replace ${old% }?" || die "Tarsier needs Boost 1.81: say --yes, or run" \
        "apt-get install libboost1.81-dev yourself"
    fi
  fi
  ask "sudo apt-get install --no-install-recommends $missing" ||
    die "not installed. Run: sudo apt-get install --no-install-recommends $missing" \
      " (or repeat with --yes)"
  # shellcheck disable=SC2086
  install_packages $missing || die "apt-get failed; its output is in build/log/apt.log"
}

# try_packages GROUP: as need_packages, for what a command can do without. False: skip it.
try_packages() {
  local missing
  # shellcheck disable=SC2046
  missing=$(missing_packages $(packages_of "$1") | tr '\n' ' ')
  missing=${missing% }
  [[ -n $missing ]] || return 0
  command -v apt-get >/dev/null || return 1
  [[ $assume_yes == yes || -t 0 ]] || return 1
  ask "optional: sudo apt-get install --no-install-recommends $missing" || return 1
  # shellcheck disable=SC2086
  install_packages $missing
}

os_name() {
  (
    . /etc/os-release 2>/dev/null && echo "${NAME%% *} ${VERSION_ID:-}" || uname -s
  )
}

# ---- building -----------------------------------------------------------------------------------

# Reads ninja's output; on a terminal one line shows how far it is.
show_progress() {
  local line
  while IFS= read -r line; do
    if [[ $terminal == yes && $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      local done=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]} bar=''
      printf -v bar '%*s' $((20 * done / all)) ''
      printf '\r ▸ %-10s %-20s %d/%d ' build "${bar// /█}" "$done" "$all"
    fi
  done
  [[ $terminal == no ]] || printf '\r\e[K'
}

# build PRESET [TARGET…]: configures when needed, builds, says how long it took.
build() {
  local preset=$1 started=$SECONDS targets=()
  shift
  (($# == 0)) || targets=(--target "$@")
  local log=build/log/$preset.log
  mkdir -p build/log
  if [[ ! -f build/$preset/build.ninja || $configure_again == yes ||
    CMakePresets.json -nt build/$preset/CMakeCache.txt ]]; then
    cmake --preset "$preset" >"$log" 2>&1 </dev/null ||
      { cat "$log" >&2; die "cmake --preset $preset failed (above)"; }
    touch "build/$preset/CMakeCache.txt"
  fi
  if ! cmake --build --preset "$preset" "${targets[@]}" </dev/null 2>&1 | tee "$log" | show_progress
  then
    grep -v '^\[' "$log" | head -n 60 >&2
    die "the build failed (above; all of it in $log)"
  fi
  if grep -q 'no work to do' "$log"; then
    say build "$preset · up to date"
  else
    say build "$preset · $(grep -c '^\[' "$log") steps   $(duration_text $((SECONDS - started)))"
  fi
}

# ---- counting -----------------------------------------------------------------------------------

# Every kind of test adds "passed failed skipped name" to $counts_file; print_counts sums them.
counts_file=${counts_file:-build/log/counts}
count() {
  mkdir -p "$(dirname "$counts_file")"
  echo "$1 $2 $3 $4" >>"$counts_file"
}

# count_output FILE NAME STATUS: takes the last "N passed, N failed[, N skipped]" of a program.
count_output() {
  local line passed failed skipped
  line=$(grep -Eo '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$1" | tail -n 1 || true)
  passed=$(grep -Eo '[0-9]+ passed' <<<"$line" | cut -d' ' -f1 || true)
  failed=$(grep -Eo '[0-9]+ failed' <<<"$line" | cut -d' ' -f1 || true)
  skipped=$(grep -Eo '[0-9]+ skipped' <<<"$line" | cut -d' ' -f1 || true)
  # A program that failed without naming a failure still failed.
  if (($3 != 0 && ${failed:-0} == 0)); then failed=1; fi
  [[ -n $line || $3 -ne 0 ]] || passed=1
  count "${passed:-0}" "${failed:-0}" "${skipped:-0}" "$2"
}

# counted NAME COMMAND…: runs it, shows it when it fails, and counts what it reports (or itself).
counted() {
  local name=$1 status=0 started=$SECONDS log
  shift
  log=build/log/${name//[^a-zA-Z0-9_.-]/_}.log
  mkdir -p build/log
  "$@" </dev/null >"$log" 2>&1 || status=$?
  count_output "$log" "$name" "$status"
  if ((status != 0)); then
    tail -n 60 "$log"
    bad "$name" "failed (all of it in $log)"
  else
    say "$name" "$(tail -n 1 "$counts_file" | awk '{
      printf "%d passed", $1; if ($3) printf ", %d skipped", $3}')   $(
      duration_text $((SECONDS - started)))"
  fi
  return 0
}

# The plain last line, and whether nothing failed.
print_counts() {
  awk '{p += $1; f += $2; s += $3}
    END { printf "%d passed, %d failed", p, f; if (s) printf ", %d skipped", s; print ""
          exit f > 0 || p == 0 }' "$counts_file"
}
