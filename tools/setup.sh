#!/usr/bin/env bash
# Sets up what a make target needs, and nothing twice: product | dev | bench | rasa | chromium, in any combination.
# The interpreters come from this machine where it has them; else uv fetches them.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '>> %s\n' "$*" >&2; }

find_uv() {
  if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
    echo uv
    return
  fi
  if [ ! -x .uv/bin/uv ]; then
    say "Fetching uv, which installs the rest (about 20 MB) …"
    python3 -m venv .uv 2>/dev/null || {
      say "Python's venv module is missing. On Debian: apt-get install python3-venv"
      exit 1
    }
    .uv/bin/pip install --quiet --disable-pip-version-check uv
  fi
  echo .uv/bin/uv
}

# An interpreter of the wanted version: pyenv's real ones first (its shims confuse uv), then the machine's, then uv's.
find_python() {
  local version=$1 candidate root=${PYENV_ROOT:-}
  if [ -z "$root" ] && command -v pyenv >/dev/null 2>&1; then
    root=$(pyenv root)
  fi
  for candidate in "${root:-/nonexistent}"/versions/"$version".*/bin/python "/usr/bin/python$version" "/usr/local/bin/python$version"; do
    if [ -x "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
  echo "$version"
}

environment() {
  local folder=$1 version=$2 lock=$3 what=$4 mark started
  mark=$(sha256sum "$lock" | cut -d' ' -f1)
  if [ "$(cat "$folder/.lock-mark" 2>/dev/null)" = "$mark" ]; then
    return
  fi
  started=$SECONDS
  say "Setting up $what in $folder (Python $version) …"
  [ -x "$folder/bin/python" ] || "$UV" venv --quiet --python "$(find_python "$version")" "$folder"
  "$UV" pip sync --quiet --python "$folder/bin/python" --require-hashes "$lock"
  pwd > "$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/slrt.pth"
  echo "$mark" > "$folder/.lock-mark"
  say "$what is ready ($((SECONDS - started)) s)."
}

# Each of product, dev and bench holds the one before it: what is more is left alone.
has() {
  [ "$(cat .venv/.lock-mark 2>/dev/null)" = "$(sha256sum "requirements/$1.txt" | cut -d' ' -f1)" ]
}

command_slrt() {
  cat > .venv/bin/slrt <<'SCRIPT'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -m slrt "$@"
SCRIPT
  chmod +x .venv/bin/slrt
}

# Not named as the program is: `command -v` would find the function.
browser() {
  if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; then
    return
  fi
  say "Installing Chromium for the browser tests …"
  local root=""
  [ "$(id -u)" = 0 ] || root=sudo
  $root apt-get update -qq
  $root apt-get install -y -qq chromium >/dev/null
}

UV=$(find_uv)
for part in "$@"; do
  case $part in
    product) has dev || has bench || environment .venv 3.12 requirements/product.txt "the product"; command_slrt ;;
    dev) has bench || environment .venv 3.12 requirements/dev.txt "the product and its tests"; command_slrt ;;
    bench) environment .venv 3.12 requirements/bench.txt "the product, its tests and what it is measured against"; command_slrt ;;
    rasa) environment .venv-rasa 3.10 requirements/rasa.txt "Rasa (2.5 GB, a few minutes)" ;;
    chromium) browser ;;
    *) say "Unknown part: $part"; exit 2 ;;
  esac
done
