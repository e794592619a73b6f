bench_usage() {
  cat <<'TEXT'
Usage: ./dev bench [OPTION]… [--yes]

Builds the release preset and runs bench/run.py: codec micro-benchmarks and RPC over loopback, each
beside the raw epoll floor (and gRPC C++ where its packages are installed), in turn in one command.
Prints ratios, CPU time per request, memory, the machine and the flags.
Options go to bench/run.py; python3 bench/run.py --help lists them.

  --quick  shorter runs, for a first look
TEXT
}

bench_main() {
  need_packages build bench
  try_packages grpc || say grpc "left out: its packages are not installed (--yes installs them)"
  build release
  python3 bench/run.py "$@"
}
