# Reads and edits the arguments of the kubelet in systemd's files: units, their drop-ins, environment files.
#   -v mode=count       how often -v flag=a-b is in one file, and `odd` when once in a form that is not edited
#   -v mode=replace     the text, with the flag's value changed to -v value=…
#   -v newline=0|1: does the file end with a line break

BEGIN {
  name = flag
  gsub(/-/, "[-_]", name)
  before = "(^|[ \t\"'=])"
  word = "--" name "(=[A-Za-z0-9._/:,@%+=-]*)?"
}

FNR == 1 { continued = 0 }
{ line = $0; is_comment = !continued && line ~ /^[ \t]*[#;]/ }

mode == "count" || mode == "replace" {
  rest = line
  out = ""
  while (!is_comment && match(rest, before word)) {
    at = RSTART
    size = RLENGTH
    found = substr(rest, at, size)
    match(found, "--" name)
    head = substr(rest, 1, at + RSTART - 2)
    token = substr(found, RSTART)
    tail = substr(rest, at + size)
    # A longer word that only begins like it, as --config-dir does like --config.
    if (tail !~ /^($|[ \t"'\\])/) {
      if (token ~ /=/) odd = 1
      out = out head token
    } else {
      times++
      if (token !~ /=/ && !bool) odd = 1
      if (tail ~ /^["']/ && !closes(out head token, tail)) odd = 1
      out = out head (mode == "replace" ? "--" flag "=" value : token)
    }
    rest = tail
  }
  line = out rest
}

# A quote after the word ends the text around it, and does not begin its value.
function closes(so_far, tail,   mark) {
  mark = substr(tail, 1, 1)
  return gsub(mark, mark, so_far) % 2 == 1 && tail ~ /^.([ \t]|$)/
}

{
  continued = $0 ~ /\\$/ && !is_comment
  if (mode == "replace") { printf "%s%s", (NR > 1 ? "\n" : ""), line }
}

END {
  if (mode == "replace") { if (newline == 1) printf "\n" }
  else if (mode == "count") print odd ? "odd" : times + 0
}
