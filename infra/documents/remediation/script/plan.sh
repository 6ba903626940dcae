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

# Without a client CA the API server's certificate is not looked at: it is let in where everybody is, and nowhere else.
keep_api_server_in() {
  if asked authentication.x509.clientCAFile; then return 0; fi
  if ! asked authentication.anonymous.enabled && ! asked authorization.mode; then return 0; fi
  resolve authentication.x509.clientCAFile
  case $value in '' | null) ;; *) return 0 ;; esac
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
    if [ "$each_file" = config ]; then path=$config; else path=$(path_of kubeconfig); fi
    [ -n "$path" ] || refuse no-flag "the kubelet has no --$each_file, and so no file to fix"
    is_kubelet_path "$path" || refuse path "$path is not in the kubelet's own folders"
    our_file "$path" mode owner
    has=$(stat -c '%a' "$path")
    owner=$(stat -c '%u:%g' "$path")
    to=$has to_owner=$owner
    case " $modes " in *" $each_file:mode "*) to=$(printf '%o' $((0$has & 0644))) ;; esac
    case " $modes " in *" $each_file:owner "*) to_owner=0:0 ;; esac
    if [ "$to" != "$has" ]; then change mode "$path" mode "$has" "$to"; fi
    if [ "$to_owner" != "$owner" ]; then change owner "$path" owner "$owner" "$to_owner"; fi
    [ "$to $to_owner" = "$has $owner" ] || printf '%s\t%s\t%s\n' "$path" "$to" "$to_owner" >>"$work/modes"
  done
}

# since: seconds since 1970 at which the kubelet began.
since() {
  boot=$(sed -n 's/^btime \([0-9]*\)$/\1/p' /proc/stat)
  ticks=$(sed 's/^.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
  echo $((boot + ticks / 100))
}

# is_older_than LIST: whether one of the files of this list is newer than the process.
is_older_than() {
  began=$(since)
  while IFS= read -r file; do
    [ "$(stat -c %Y "$file")" -le $((began + 10)) ] || return 0
  done <"$1"
  return 1
}

look() {
  find_kubelet
  config=$(path_of config)
  config_directory=$(path_of config-dir)
  case $config$config_directory in
    '') ;;
    /*) ;;
    *) refuse path 'the configuration file of the kubelet is named by a relative path' ;;
  esac
  if [ -n "$config" ]; then is_kubelet_path "$config" || refuse path "$config is not in the kubelet's own folders"; fi
  if [ -n "$config_directory" ]; then is_kubelet_path "$config_directory" || refuse path "$config_directory is not in the kubelet's own folders"; fi
  if [ -n "$settings" ]; then read_files; else : >"$work/sources"; fi
}

count=0
ca=$usual_ca
: >"$work/index"
: >"$work/targets"
: >"$work/modes"
look
keep_api_server_in
plan_modes
plan_settings
verify_settings

restarts=
if [ -s "$work/index" ]; then
  restarts=yes
  # A restart would bring in what somebody else wrote, and the backup of that may keep the kubelet down.
  ! is_older_than "$work/sources" || refuse edited-since 'files of the kubelet were changed after it had started: restart it first, and see that it runs with them'
elif is_older_than "$work/sources"; then
  # The files may be right already.
  restarts=yes
  change restart '' kubelet 'started before its files were changed' 'restarted'
fi

if [ -z "$restarts" ] && [ ! -s "$work/modes" ]; then finish already as-wanted "$as_wanted"; fi

if [ -n "$restarts" ]; then
  [ "$(shown NeedDaemonReload)" = no ] || refuse unit-changed 'the unit files of the kubelet were changed since systemd read them: look at them and run systemctl daemon-reload first'
  unit_files
  cut -f 2 "$work/units" >"$work/list"
  ! is_older_than "$work/list" || refuse edited-since 'the unit of the kubelet, or a file with its arguments, was changed after it had started: restart it first, and see that it runs with that'
  ca_is_there
  sh "$work/rescue.sh" health 9>&- || refuse not-well 'the kubelet is not well before anything is changed (http://127.0.0.1:10248/healthz): bring it up first'
fi

# room FOLDER: a megabyte for old and new, on a file system that can be written.
room() {
  [ -w "$1" ] || refuse read-only "$1 cannot be written"
  [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -ge 1024 ] || refuse disk-full "less than a megabyte is free where $1 lies"
}
if [ -n "$restarts" ]; then
  room /etc
  room /var/lib
fi
while IFS="$tab" read -r number path how; do
  if [ -d "${path%/*}" ]; then room "${path%/*}"; fi
done <"$work/index"

if [ "$mode" = dry-run ]; then finish dry-run planned 'nothing was changed'; fi
