# What is asked: names from fixed lists and fingerprints, held to their forms once more.

case $mode in dry-run | apply | confirm) ;; *) refuse bad-parameter 'Mode is none of dry-run, apply, confirm' ;; esac
case $method in auto | config-file | systemd-arguments) ;; *) refuse bad-parameter 'Method is none of auto, config-file, systemd-arguments' ;; esac
case $SSM_StableSeconds in [5-9] | [1-9][0-9] | [1-5][0-9][0-9] | 600) stable=$SSM_StableSeconds ;; *) refuse bad-parameter 'StableSeconds is no number from 5 to 600' ;; esac
no_fingerprints() { refuse bad-parameter 'CaSha256 is no list of SHA-256 in lower-case hexadecimal digits'; }
case $SSM_CaSha256 in *[!0-9a-f,]*) no_fingerprints ;; esac
case $SSM_Controls in '' | *[!a-z,-]*) refuse bad-parameter 'Controls is no list of controls' ;; esac

trust=$(printf '%s' "$SSM_CaSha256" | tr ',' ' ')
for each in $trust; do
  [ "${#each}" = 64 ] || no_fingerprints
done

settings=
modes=
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
