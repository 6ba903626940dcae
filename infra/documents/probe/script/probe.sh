#!/bin/sh
# @MARKER@: reports how this node's kubelet is configured. Reads only.
root='@ROOT@'
PATH="$root/usr/bin:$root/bin:/usr/bin:/bin"
LC_ALL=C
export PATH LC_ALL
unset COLUMNS
set -f
umask 077

for tool in base64 sha256sum tr; do
  command -v "$tool" >/dev/null 2>&1 || { echo "$tool is missing" >&2; exit 3; }
done
exec 2>/dev/null

file_limit=131072
files_limit=262144
drop_ins_limit=64
arguments_limit=65536
ca_file_limit=262144
certificates_limit=8
certificates_size_limit=16384
report_limit=65536
answer_limit=23500

# A line break inside a path or an argument, as it looks once NULs have become line breaks.
broken=$(printf '\001')
# What Go's JSON decoder takes for an s and for a k, whatever the case.
long_s=$(printf '\305\277')
kelvin=$(printf '\342\204\252')
# What ends a line or means nothing: CR, U+0080 to U+009F, U+2028 and U+2029, U+FFFD to U+FFFF.
carriage_return=$(printf '\r')
tab=$(printf '\t')
c1_controls=$(printf '\302[\200-\237]')
line_separators=$(printf '\342\200[\250\251]')
no_character=$(printf '\357\277[\275-\277]')
# What klog writes before a message: the day, the time, the process and the place in the source.
klog_row='[0-9]\{4\} [0-9:.]\{15\} *[0-9]* [a-z_]*\.go:[0-9]*]'
# Where Bottlerocket gives its host containers the client of its API.
apiclient="$root/usr/local/bin/apiclient"

lines() { tr '\000\n' '\n\001'; }
bytes() { printf '%s' "$1" | base64 -d | wc -c | tr -d ' '; }
text() { printf '%s' "$1" | base64 -d; }

# frame NAME WORD PATH CONTENT: the content in base64.
frame() {
  printf '%s %s %s %s\n' "$1" "$2" "$(printf '%s' "$3" | wc -c | tr -d ' ')" "$(bytes "$4")"
  printf '%s\n' "$3"
  text "$4"
  printf '\n'
}

@INCLUDE find-kubelet.sh@

@INCLUDE ../../remediation/script/since-start.sh@

@INCLUDE read-files.sh@

@INCLUDE read-client-ca.sh@

@INCLUDE read-start-log.sh@
# --- the answer

kubelet() {
  pid=$1
  cmdline=$(arguments "$pid")
  [ -n "$cmdline" ] || { echo 'unsupported process-changed'; return; }
  [ "$(bytes "$cmdline")" -le "$arguments_limit" ] || { echo 'unsupported arguments-too-long'; return; }
  # The headers of --manifest-url-header may hold a credential.
  text "$cmdline" | lines | grep -q -i -e '^--manifest[-_]url' && { echo 'unsupported secret-in-arguments'; return; }

  mounts=$(mounts_of "$pid")
  told=
  read_own_modes
  start=$(began "$pid")
  here=$(readlink -n "$root/proc/$pid/cwd" | tr '\n' '\001')
  config=$(absolute "$(text "$cmdline" | lines | option --config)" "$here")
  # Only the path of the file is shortened by the kubelet, too.
  config=$(shortened "$config")
  config=${config%/}
  config_directory=$(absolute "$(text "$cmdline" | lines | option --config-dir)" "$here")
  kubeconfig=$(absolute "$(text "$cmdline" | lines | option --kubeconfig)" "$here")

  echo "kubelet $pid $2"
  echo "started $start"
  frame arguments read '' "$cmdline"
  case $here in '' | *"$broken"*) frame working-directory absent '' '' ;; *) frame working-directory read "$here" '' ;; esac
  if lines <"$root/proc/$pid/environ" | grep -q '^KUBELET_CONFIG_DROPIN_DIR_ALPHA='; then echo 'alpha yes'; else echo 'alpha no'; fi
  printed=$(start_log "$pid" "$start")
  [ -z "$printed" ] || frame start-log read '' "$(printf '%s' "$printed" | base64 | tr -d '\n')"
  frames=$({
    [ -z "$config" ] || file config "$config"
    [ -z "$config_directory" ] || directory "$config_directory" "$(bytes "$content")"
  } | base64 | tr -d '\n')
  text "$frames"
  [ -z "$kubeconfig" ] || permissions "$kubeconfig"
  [ -z "$config" ] || permissions "$config"
  ca_paths | sort -u | head -n 8 | while IFS= read -r path; do
    [ -z "$path" ] || client_ca "$path"
  done

  [ "$(arguments "$pid")" = "$cmdline" ] || echo changed
}

# asked NAME COMMAND…: one frame, with what the command printed.
asked() {
  subject=$1
  shift
  content=$("$@" | head -c $((report_limit + 1)) | base64 | tr -d '\n')
  if [ -z "$content" ]; then frame "$subject" failed '' ''; return; fi
  [ "$(bytes "$content")" -le "$report_limit" ] || { frame "$subject" too-much '' ''; return; }
  frame "$subject" read '' "$content"
}

# A host container of Bottlerocket sees neither the kubelet nor its files, and has the client of the node's API.
is_bottlerocket() { [ -d "$root/.bottlerocket/host-containers" ] && [ -x "$apiclient" ]; }

bottlerocket() {
  for tool in head timeout wc; do
    command -v "$tool" >/dev/null || { echo "unsupported no-$tool"; return; }
  done
  echo bottlerocket
  asked report timeout 15 "$apiclient" report cis-k8s -f json
  asked settings timeout 5 "$apiclient" get settings.kubernetes.standalone-mode settings.kubernetes.cluster-certificate
}

body() {
  if is_bottlerocket; then bottlerocket; return; fi
  for tool in cat date find grep head ps readlink sed sort stat wc; do
    command -v "$tool" >/dev/null || { echo "unsupported no-$tool"; return; }
  done
  # A shell with a file system of its own would read the wrong files.
  same_namespace self mnt || { echo 'unsupported other-file-system'; return; }

  content=
  found=$(ps -ef -ww | candidates)
  [ "$found" != unsupported ] || { echo 'unsupported ps-output'; return; }
  for where in pod pid-namespace mount-namespace owner other-root; do
    count=$(printf '%s\n' "$found" | grep -c "^$where ")
    [ "$count" = 0 ] || echo "ignored $where $count"
  done

  kubelets=$(without_forks "$found")
  case $kubelets in
    '') echo none ;;
    *"
"*) echo several; printf '%s\n' "$kubelets" | head -n 16 | sed 's/^/process /' ;;
    *) kubelet "${kubelets% *}" "${kubelets#* }" ;;
  esac
}

encode() {
  if [ "$encoding" = gzip ]; then gzip -9 -n -c; else cat; fi | base64 | tr -d '\n'
}
answer() { { body; echo 'done'; } | encode; }

encoding=gzip
command -v gzip >/dev/null || encoding=plain
without_certificates=
payload=$(answer)
if [ "${#payload}" -gt "$answer_limit" ]; then without_certificates=yes; payload=$(answer); fi
if [ "${#payload}" -gt "$answer_limit" ]; then
  encoding=plain
  payload=$(printf 'unsupported answer-too-long\ndone\n' | base64 | tr -d '\n')
fi

printf '%s %s\n%s\n' '@MARKER@' "$encoding" "$payload"
sum=$(printf '%s' "$payload" | sha256sum)
printf 'end %s %s\n' "${#payload}" "${sum%% *}"
exit 0
