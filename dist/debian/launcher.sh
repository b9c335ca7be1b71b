#!/bin/sh
# Opsen @VERSION@: the runtime of this package, in place of this shell, runs the program that the name asks for.
set -u

if [ -z "${DENO_DIR-}" ]; then
  export DENO_DIR="${CACHE_DIRECTORY:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/opsen}/deno"
fi
export DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1

case ${0##*/} in
@CASES@
esac
