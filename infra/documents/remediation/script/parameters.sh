# What is asked: names from fixed lists and fingerprints, held to their forms once more.

wrong() { refuse bad-parameter "$1 has a wrong form"; }
case $mode in dry-run | apply | keep | put-back | undo) ;; *) wrong Mode ;; esac
case $SSM_Touched in refuse | as-running) ;; *) wrong Touched ;; esac
case $SSM_Run in '' | -* | *[!A-Za-z0-9-]*) wrong Run ;; esac
run=$(printf '%.64s' "$SSM_Run")
case $SSM_StableSeconds in [5-9] | [1-9][0-9] | [1-5][0-9][0-9] | 600) stable=$SSM_StableSeconds ;; *) wrong StableSeconds ;; esac
case $SSM_CaSha256 in *[!0-9a-f,]*) wrong CaSha256 ;; esac
case $SSM_Controls in '' | *[!a-z,-]*) wrong Controls ;; esac

trust=$(printf '%s' "$SSM_CaSha256" | tr ',' ' ')
for each in $trust; do
  [ "${#each}" = 64 ] || wrong CaSha256
done

settings=
modes=
setting() { settings="$settings $1"; }
permission() { modes="$modes $1"; }
for each in $(printf '%s' "$SSM_Controls" | tr ',' ' '); do
  case $each in
@CONTROLS@
    *) refuse bad-parameter "$each is no control that is fixed on a node" ;;
  esac
done
once() { printf '%s\n' "$@" | sort -u | sed '/^$/d'; }
# shellcheck disable=SC2086 # words from the list above
settings=$(once $settings) modes=$(once $modes | tr '\n' ' ')
others=$(printf '%s\n' "$settings" | sed '/^authentication\.x509\.clientCAFile$/d; /^$/d')
