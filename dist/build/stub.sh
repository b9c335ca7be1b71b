#!/bin/sh
# Opsen @VERSION@ in one file: this stub, then the Deno runtime and the program, both gzipped.
#
# The first start unpacks both into a private cache folder; every start then replaces this shell by the runtime, so
# that signals and exit codes are the program's own. The folders are named after the hash of their content: starts at
# the same time unpack the same and rename it into place, and an upgrade that brings the same runtime unpacks only the
# program. What is executed belongs to this user, lies in a folder that only this user can enter, and has the size it
# was built with. The cache may be removed while nothing runs.
#
# Needs sh, stat -c, mktemp, head -c, tail -c, gzip and tar, of GNU or BusyBox.
set -u

self=$0
case $self in
*/*) ;;
*) if [ -f "./$self" ]; then self=./$self; else self=$(command -v "$self"); fi ;;
esac

# What `opsen install` copies; the program sees its runtime only.
case $self in
/*) export OPSEN_EXECUTABLE="$self" ;;
*) export OPSEN_EXECUTABLE="$PWD/$self" ;;
esac

# Starts the program from a cache folder, unpacking it there when need be. Returns when the folder is no good.
start_from() {
  cache=$1
  shift
  runtime=$cache/@RUNTIME_KEY@
  program=$cache/@PROGRAM_KEY@
  export DENO_DIR="$cache/deno" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  case ${1-} in
  @SMALL_FOR@) footprint='@SMALL_FOOTPRINT@' ;;
  *) footprint= ;;
  esac
  if ! is_unpacked; then
    unpack_both && is_unpacked || return 0
    # A process that analyses the modules for the first time keeps 15 MB for it; let that be one that ends at once.
    run command --version </dev/null >/dev/null 2>&1
  fi
  run exec "$@"
}

# run exec|command ARGUMENT...: the program, in place of this shell or beside it.
run() {
  how=$1
  shift
  # Unquoted on purpose: no flag is no argument, several are several.
  # shellcheck disable=SC2086
  $how "$runtime/opsen" run --no-config --no-lock --no-remote --no-npm --no-prompt $footprint @PERMISSIONS@ \
    "$program/@PROGRAM_ENTRY@" "$@"
}

# Whether the runtime and the program are there, complete, this user's own and out of reach of others.
is_unpacked() {
  for path in "$cache" "$runtime" "$program" "$runtime/opsen" "$program/@PROGRAM_ENTRY@"; do
    [ -O "$path" ] && [ ! -L "$path" ] || return 1
  done
  state=$(stat -c '%a %s' "$runtime" "$program" "$runtime/opsen" 2>/dev/null) || return 1
  case $state in
  "700 "*"
700 "*"
500 @RUNTIME_SIZE@") ;;
  *) return 1 ;;
  esac
  [ "$(cat "$program"/* 2>/dev/null | wc -c)" -eq @PROGRAM_SIZE@ ]
}

# In a subshell, so that the mask and the traps end with it.
unpack_both() (
  umask 077
  mkdir -p "$cache" 2>/dev/null
  [ -O "$cache" ] && [ ! -L "$cache" ] && chmod go-w "$cache" 2>/dev/null || exit 1
  # What a start that was killed left behind.
  find "$cache" -name '.part.*' -mmin +60 -exec rm -rf {} + 2>/dev/null
  part=$(mktemp -d "$cache/.part.XXXXXX" 2>/dev/null) || exit 1
  trap 'rm -rf "$part"' EXIT
  trap 'exit 130' HUP INT TERM

  take @RUNTIME_OFFSET@ @RUNTIME_PACKED@ @RUNTIME_SIZE@ @RUNTIME_SHA256@ "$part/opsen" || exit 1
  chmod 500 "$part/opsen" || exit 1
  # A folder mounted noexec holds the runtime but can't run it.
  "$part/opsen" --version </dev/null >/dev/null 2>&1 || exit 1
  place "$part/opsen" "$runtime" || exit 1

  take @ARCHIVE_OFFSET@ @ARCHIVE_PACKED@ @ARCHIVE_SIZE@ @ARCHIVE_SHA256@ "$part/program.tar" || exit 1
  mkdir "$part/modules" && tar -xf "$part/program.tar" -C "$part/modules" 2>/dev/null || exit 1
  place "$part/modules/"* "$program"
)

# take OFFSET PACKED_SIZE SIZE SHA256 FILE: unpacks a payload of this file and checks it.
take() {
  tail -c "+$(($1 + 1))" "$self" 2>/dev/null | head -c "$2" | gzip -dc >"$5" 2>/dev/null || return 1
  [ "$(stat -c '%s' "$5")" = "$3" ] || return 1
  command -v sha256sum >/dev/null 2>&1 || return 0
  [ "$(sha256sum <"$5")" = "$4  -" ]
}

# place FILE... FOLDER: renames files into a folder of this user, in place of what another start may have put there.
place() {
  for folder; do :; done
  mkdir -p "$folder" 2>/dev/null
  [ -O "$folder" ] && [ ! -L "$folder" ] && chmod 700 "$folder" 2>/dev/null && mv -f "$@"
}

# The folder the user names, the service manager's, the home's, and the temporary one. Another user's folder is passed
# over, because its owner could swap what is in it; a relative XDG_CACHE_HOME is invalid (XDG base directories 0.8).
case ${XDG_CACHE_HOME-} in
/*) if [ -O "$XDG_CACHE_HOME" ] || [ ! -e "$XDG_CACHE_HOME" ]; then start_from "$XDG_CACHE_HOME/opsen" "$@"; fi ;;
esac
case ${CACHE_DIRECTORY-} in
/*)
  # For a user that exists only while the service runs, systemd makes it a link to a folder that root keeps shut.
  folder=$(cd -P -- "${CACHE_DIRECTORY%%:*}" 2>/dev/null && pwd -P)
  if [ -n "$folder" ]; then start_from "$folder" "$@"; fi
  ;;
esac
case ${HOME-} in
/*) if [ -O "$HOME" ]; then start_from "$HOME/.cache/opsen" "$@"; fi ;;
esac
start_from "${TMPDIR:-/tmp}/opsen-cache-$(id -u)" "$@"

printf 'opsen: Cannot unpack "%s": no cache folder takes @UNPACKED_MB@ MB of files that can be run; set XDG_CACHE_HOME to one that does\n' "$self" >&2
exit 73
