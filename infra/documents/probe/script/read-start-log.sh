# --- what the kubelet printed when it started

# start_log PID START: prints what the journal has of the first two minutes of this very process. These are, one a line, that it began and that it
# listens, its client CA and its read-only port. Only rows in klog's own form count, and nothing else of them leaves the node.
start_log() {
  case $2 in '' | unknown) return ;; esac
  command -v journalctl >/dev/null && command -v timeout >/dev/null || return 0
  began_at=${2%.*}
  timeout 5 journalctl -q --no-pager -o cat "_PID=$1" --since "@$((began_at - 1))" --until "@$((began_at + 120))" |
    head -n 2000 | head -c 524288 | sed -n \
    -e "s/^I$klog_row \"Kubelet version\" kubeletVersion=\"v1\.[^\"]*\"\$/begins/p" \
    -e "s/^I$klog_row \"Starting to listen\" address=\"[^\"]*\" port=[0-9]*\$/listens/p" \
    -e "s/^I$klog_row \"Starting to listen read-only\" address=\"[^\"]*\" port=\([0-9]\{1,5\}\)\$/read-only-port \1/p" \
    -e "s/^I$klog_row \"Starting controller\" name=\"client-ca-bundle::\([]!#-[^-~]\{1,1024\}\)\"\$/client-ca \1/p" |
    head -n 16
}
