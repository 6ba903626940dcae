# What is to be changed, and whether it may be.

# fix SETTING: when what the kubelet would start with is not enough.
fix() {
  resolve "$1"
  [ "$verdict" = bad ] || return 0
  edited="$edited$1
"
  if [ "$1" = authentication.x509.clientCAFile ]; then our_ca; fi
  # What an argument sets no file can change.
  case $source in
    flag | none) edit_argument "$1" "$wanted" ;;
    *) edit_setting "$file" "$1" "$wanted" ;;
  esac
}

plan_settings() {
  for each_setting in $settings; do
    fix "$each_setting"
    # Named alone the gate renews nothing.
    if [ "$each_setting" = featureGates.RotateKubeletServerCertificate ] && [ "$verdict" = bad ]; then fix serverTLSBootstrap; fi
  done
}

asked() { printf '%s\n' "$settings" | grep -q -x -F "$1"; }

# One gate for every change: the API server gets in as well as before. It gets in by a client CA that is trusted, or as anybody through two open doors.
keep_api_server_in() {
  moved=$settings
  if [ "$mode" = undo ]; then
    moved=$edited
    # It is given back what it had: there the API server was shut out, too.
    [ "$(cat "$undo_of/lets-in" 2>/dev/null)" != no ] || return 0
  fi
  case $moved in *authentication.x509.clientCAFile* | *authentication.anonymous.enabled* | *authorization.mode*) ;; *) return 0 ;; esac
  resolve authentication.x509.clientCAFile
  by_ca=$verdict
  # Nothing is there to compare it with.
  if [ -z "$trust" ] && [ -n "$value" ]; then by_ca=good; fi
  by_ca_then=$by_ca
  if is_moved authentication.x509.clientCAFile; then if [ "$mode" = undo ]; then by_ca_then=bad; else by_ca_then=good; fi; fi
  doors='' doors_then=''
  for each_setting in authentication.anonymous.enabled authorization.mode; do
    resolve "$each_setting"
    then=$verdict
    if is_moved "$each_setting"; then if [ "$mode" = undo ]; then then=bad; else then=good; fi; fi
    doors=$doors$verdict doors_then=$doors_then$then
  done
  # Shut out now, nothing can make that worse.
  case $by_ca$doors in good* | badbadbad) lets_in=yes ;; *) lets_in=no; return 0 ;; esac
  case $by_ca_then$doors_then in good* | badbadbad) return 0 ;; esac
  if [ "$mode" = undo ]; then refuse no-client-ca 'without the client CA of that run the API server is shut out: undo first what closed anonymous access or AlwaysAllow'; fi
  refuse no-client-ca 'the kubelet has no client CA that is trusted, and lets the API server in as anybody: fix kubelet-client-ca-file first, or with this'
}
is_moved() { printf '%s\n' "$moved" | grep -q -x -F "$1"; }

# Once nobody comes in anonymously, bearer tokens such as those of metrics-server need webhook authentication: both are fixed together.
keep_tokens_in() {
  if ! asked authentication.anonymous.enabled; then return 0; fi
  resolve authentication.anonymous.enabled
  [ "$verdict" = good ] || settings="$settings
authentication.webhook.enabled"
}

# A kubelet that runs keeps the CA that it has read, and none starts without the file.
ca_is_there() {
  if asked authentication.x509.clientCAFile; then return 0; fi
  resolve authentication.x509.clientCAFile
  case $value in
    /*) path=$value ;;
    *) return 0 ;;
  esac
  if [ -f "$path" ]; then held=$(head -c 262144 "$path" | tr -d '\000' | certificates); else held=; fi
  case $held in '' | *!*) refuse ca-gone 'the client CA file of the kubelet is gone or broken: put it back first' ;; esac
}

# plan_modes: chmod takes bits away only; nothing restarts for them.
plan_modes() {
  for each_file in config kubeconfig; do
    case " $modes " in *" $each_file:"*) ;; *) continue ;; esac
    path_of "$each_file"
    [ -n "$path" ] || refuse no-flag "the kubelet has no --$each_file"
    kubelet_path "$path"
    our_file "$path" mode owner
    has=$(stat -c '%a' "$path")
    owner=$(stat -c '%u:%g' "$path")
    to=$has to_owner=$owner
    case " $modes " in *" $each_file:mode "*) to=$(printf '%o' $((0$has & 0644))) ;; esac
    case " $modes " in *" $each_file:owner "*) to_owner=0:0 ;; esac
    if [ "$to" != "$has" ]; then change mode "$path" mode "$has" "$to"; fi
    if [ "$to_owner" != "$owner" ]; then change owner "$path" owner "$owner" "$to_owner"; fi
    [ "$to $to_owner" = "$has $owner" ] || printf '%s\t%s\t%s\n' "$path" "$to" "$to_owner" >>modes
  done
}
