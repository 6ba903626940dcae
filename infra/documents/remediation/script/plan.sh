# What is to be changed, and whether it may be.

# fix SETTING: when what the kubelet would start with is not enough.
fix() {
  resolve "$1"
  [ "$verdict" = bad ] || return 0
  if [ "$1" = authentication.x509.clientCAFile ]; then our_ca; fi
  # Both are arguments of the function that edits; the readers use the same names.
  case $method.$source in
    auto.flag | auto.none | systemd-arguments.*) edit_argument "$1" "$wanted" ;;
    config-file.flag) refuse flag-wins "the argument --$flag sets $1, and no file can change what an argument sets" ;;
    config-file.none) refuse no-config-file 'the kubelet runs without a configuration file' ;;
    *)
      # With a map in place of null, what the files before it say of other settings would count again.
      [ -z "$above" ] || leave null-above "$file says null where $1 would stand, which deletes more than this setting"
      edit_setting "$file" "$1" "$wanted" ;;
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

# Without a client CA the API server's certificate is not looked at: it is let in where everybody is, and nowhere else.
keep_api_server_in() {
  if asked authentication.x509.clientCAFile; then return 0; fi
  if ! asked authentication.anonymous.enabled && ! asked authorization.mode; then return 0; fi
  resolve authentication.x509.clientCAFile
  case $value in '') ;; *) return 0 ;; esac
  for each_setting in authentication.anonymous.enabled authorization.mode; do
    resolve "$each_setting"
    [ "$verdict" = bad ] || return 0
  done
  refuse no-client-ca 'the kubelet has no client CA, and the API server comes in as anybody does: fix kubelet-client-ca-file first, or together with this'
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
  case $held in '' | *!*) refuse ca-gone 'the file that the kubelet has as its client CA is gone or cannot be read, and the kubelet does not start without it: put it back first' ;; esac
}

# plan_modes: chmod takes bits away only; nothing restarts for them.
plan_modes() {
  for each_file in config kubeconfig; do
    case " $modes " in *" $each_file:"*) ;; *) continue ;; esac
    path_of "$each_file"
    [ -n "$path" ] || refuse no-flag "the kubelet has no --$each_file, and so no file to fix"
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

# began: nanoseconds since 1970 at which the process of the kubelet had begun; the kernel counts hundredths of seconds since the boot. The two clocks are
# read until nothing came between them: on a busy machine the process would seem to be younger than files that it has not read.
began() {
  ticks=$(sed 's/^.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
  tries=0
  while :; do
    read -r up _ </proc/uptime
    at=$(date +%s%N)
    read -r after _ </proc/uptime
    up=${up%.*}${up#*.} after=${after%.*}${after#*.}
    tries=$((tries + 1))
    if [ $((after - up)) -le 2 ] || [ "$tries" -ge 20 ]; then break; fi
  done
  echo $((at - (up - ticks - 2) * 10000000))
}

# changed_at FILE: a time in the future is none; then it counts when that was set.
changed_at() {
  at=$(stat -c %.9Y "$1" | tr -d .)
  [ "$at" -le "$(date +%s%N)" ] || at=$(stat -c %.9Z "$1" | tr -d .)
  echo "$at"
}

# is_older_than LIST: whether one of the files of this list is newer than the process.
is_older_than() {
  start=$(began)
  while IFS= read -r file; do
    [ "$(changed_at "$file")" -le "$start" ] || return 0
  done <"$1"
  return 1
}
