# How the script ends: what it says, and that nothing stays half done.

work=
report=
ended=
# yes: what was begun is to be put back; kept: it is to stay, and this is said of it.
changing=
done_outcome=changed done_reason='' done_words=''
mode=$SSM_Mode

printable() { printf '%s' "$1" | tr '\t\n' '  ' | tr -cd ' -~' | cut -c "1-$2"; }

# change KIND FILE NAME BEFORE AFTER: one line of the plan.
change() {
  report="$report
change=$1$tab$2$tab$3$tab$(printable "$4" 200)$tab$(printable "$5" 200)"
}

# on_trial: the change waits for a *keep* of this run.
on_trial() {
  report="$report
keep=$run"
}

# still_left NAME: commands of this run that can be undone.
still_left() {
  [ -z "$(newest_copy "$run")" ] || report="$report
$1=$run"
}

# finish OUTCOME REASON WORDS
finish() {
  # A reader that asks the script to stop now has its whole answer already.
  trap '' HUP INT TERM
  ended=yes
  [ "$mode.$1" != undo.changed ] || { shift; set -- undone "$@"; }
  case $1 in
    # A refusal is an answer, and blocks no other node. A node whose change is to be kept has been changed already.
    refused) code=0; [ "$mode" != keep ] || code=10 ;;
    changed | kept | already | dry-run | undone) code=0 ;;
    restored) code=11 ;;
    *) code=12 ;;
  esac
  text="eks-kubelet-audit-remediate/1
outcome=$1
reason=$2
words=$(printable "$3" 300)$report"
  printf '%s\n' "$text"
  printf 'end=%s\n' "$(printf '%s\n' "$text" | wc -l | tr -d ' ')"
  exit "$code"
}

refuse() {
  [ -z "$changing" ] || roll_back "$1" "$2"
  finish refused "$1" "$2"
}

# leave REASON WORDS
leave() { refuse "$1" "$2: that is left to a person"; }

# However the script ends, it says so, and nothing stays half done; what no script can catch is the timer's.
# shellcheck disable=SC2317 # it is called by the trap
at_exit() {
  trap - EXIT
  # One that is asked twice still has its answer to give.
  trap : HUP INT TERM
  reason=unexpected words='a step failed'
  full=$(df -Pk "${work:-/run}" /etc /var/lib "$home" 2>/dev/null | awk 'NR > 1 && $4 < 16 { print $6; exit }')
  [ -z "$full" ] || reason=disk-full words="the disk at $full is full"
  if [ -n "$work" ]; then rm -rf "$work" || :; fi
  [ -z "$ended" ] || return 0
  case $changing in
    yes) roll_back "$reason" "$words" ;;
    kept) finish "$done_outcome" "$done_reason" "$done_words" ;;
  esac
  # Nothing is wrong with the next node.
  finish refused "$reason" "$words; nothing was changed"
}
trap at_exit EXIT
trap 'exit 1' HUP INT TERM

# roll_back REASON WORDS. The rescue holds the lock that this run has, also when this run is ended meanwhile.
roll_back() {
  said_before=${back-none}
  if back=$(sh "$home/rescue.sh" restore now); then
    # It was asked to stop when it had put everything back already.
    if [ "$back" = nothing ] && [ "$said_before" != none ]; then back=${said_before:-restored}; fi
    case $back in
      # The last step was in the journal already.
      kept) finish "$done_outcome" "$done_reason" "$done_words" ;;
      nothing | untouched) finish refused "$1" "$2; nothing was changed" ;;
    esac
    finish restored "$1" "$2; everything is as it was ($back)"
  fi
  finish failed "$1" "$2; $(lost_by "$back")"
}

# lost_by WORD: where the rescue came to an end without its last word, a file may be as it should not.
lost_by() {
  case $1 in
    lost) ended_so='what was changed is put back, and the kubelet is still not well' ;;
    *) ended_so='not everything could be put back' ;;
  esac
  echo "$ended_so; it is tried again every @AGAIN_AFTER@ seconds; the old files are in $current"
}
