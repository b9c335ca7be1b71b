#!/bin/sh
# Opsen @VERSION@ in one file: this stub, then the Deno runtime and the program, both gzipped.
#
# The first start unpacks both into a private cache folder; every start then replaces this shell by the runtime, so
# that signals and exit codes are the program's own. The folders are named after the hash of their content: starts at
# the same time write the same file and rename it into place, and an upgrade that brings the same runtime unpacks
# only the program. What is executed belongs to this user, lies in a folder that only this user can enter, and has the
# size it was built with. The cache may be removed while nothing runs.
#
# Needs sh, stat -c, mktemp, head -c, tail -c and gzip, of GNU or BusyBox.
set -u

self=$0
case $self in
*/*) ;;
*) if [ -f "./$self" ]; then self=./$self; else self=$(command -v "$self"); fi ;;
esac

# Starts the program from a cache folder, unpacking it there when need be. Returns when the folder is no good.
start_from() {
  cache=$1
  shift
  runtime=$cache/@RUNTIME_KEY@/opsen
  program=$cache/@PROGRAM_KEY@/opsen.js
  is_unpacked || { unpack_both && is_unpacked; } || return 0
  export DENO_DIR="$cache/deno" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  exec "$runtime" run --no-config --no-lock --no-remote --no-npm --no-prompt @PERMISSIONS@ "$program" "$@"
}

# Whether the runtime and the program are there, complete, this user's own and out of reach of others.
is_unpacked() {
  for path in "$cache" "${runtime%/*}" "${program%/*}" "$runtime" "$program"; do
    [ -O "$path" ] && [ ! -L "$path" ] || return 1
  done
  state=$(stat -c '%a %s' "${runtime%/*}" "${program%/*}" "$runtime" "$program" 2>/dev/null) || return 1
  case $state in
  "700 "*"
700 "*"
500 @RUNTIME_SIZE@
400 @PROGRAM_SIZE@") return 0 ;;
  esac
  return 1
}

# In a subshell, so that the mask and the traps end with it.
unpack_both() (
  umask 077
  mkdir -p "$cache" 2>/dev/null
  [ -O "$cache" ] && [ ! -L "$cache" ] && chmod go-w "$cache" 2>/dev/null || exit 1
  part=
  trap 'rm -f "$part"' EXIT
  trap 'exit 130' HUP INT TERM
  unpack @RUNTIME_OFFSET@ @RUNTIME_PACKED@ @RUNTIME_SIZE@ @RUNTIME_SHA256@ 500 "$runtime" || exit 1
  unpack @PROGRAM_OFFSET@ @PROGRAM_PACKED@ @PROGRAM_SIZE@ @PROGRAM_SHA256@ 400 "$program" || exit 1
)

# unpack OFFSET PACKED_SIZE SIZE SHA256 MODE TARGET: one payload of this file, checked, then renamed into place.
unpack() {
  folder=${6%/*}
  mkdir -p "$folder" 2>/dev/null
  [ -O "$folder" ] && [ ! -L "$folder" ] && chmod 700 "$folder" 2>/dev/null || return 1
  # What a start that was killed left behind.
  find "$folder" -name '.part.*' -mmin +60 -exec rm -f {} + 2>/dev/null
  part=$(mktemp "$folder/.part.XXXXXX" 2>/dev/null) || return 1
  tail -c "+$(($1 + 1))" "$self" 2>/dev/null | head -c "$2" | gzip -dc >"$part" 2>/dev/null || return 1
  [ "$(stat -c '%s' "$part")" = "$3" ] || return 1
  if command -v sha256sum >/dev/null 2>&1; then
    [ "$(sha256sum <"$part")" = "$4  -" ] || return 1
  fi
  chmod "$5" "$part" || return 1
  # A folder mounted noexec holds the runtime but can't run it.
  [ "$5" = 400 ] || "$part" --version </dev/null >/dev/null 2>&1 || return 1
  mv -f "$part" "$6"
}

# The folder the user names, the service manager's, the home's, and the temporary one. Another user's folder is passed
# over, because its owner could swap what is in it; a relative XDG_CACHE_HOME is invalid (XDG base directories 0.8).
case ${XDG_CACHE_HOME-} in
/*) if [ -O "$XDG_CACHE_HOME" ] || [ ! -e "$XDG_CACHE_HOME" ]; then start_from "$XDG_CACHE_HOME/opsen" "$@"; fi ;;
esac
case ${CACHE_DIRECTORY-} in
/*) start_from "${CACHE_DIRECTORY%%:*}" "$@" ;;
esac
case ${HOME-} in
/*) if [ -O "$HOME" ]; then start_from "$HOME/.cache/opsen" "$@"; fi ;;
esac
start_from "${TMPDIR:-/tmp}/opsen-cache-$(id -u)" "$@"

printf 'opsen: Cannot unpack "%s": no cache folder takes @UNPACKED_MB@ MB of files that can be run; set XDG_CACHE_HOME to one that does\n' "$self" >&2
exit 73
