# Reads and edits the arguments of the kubelet in systemd's files: units, their drop-ins, environment files.
#   -v mode=starts      the variables that are whole words in the last ExecStart= of all the files given, one a line
#   -v mode=count       how often -v flag=a-b is in one file, and `odd` when once in a form that is not edited
#   -v mode=replace     the text, with the flag's value changed to -v value=…
#   -v mode=assigned    how often -v variable=NAME is set in one file, and `odd` when in a form that is not edited
#   -v mode=append      the text, with -v value=--a-b=… put at the end of the variable
#   -v unit=1 for a unit or drop-in, 0 for an environment file  -v newline=0|1: does the file end with a line break

BEGIN {
  name = flag
  gsub(/-/, "[-_]", name)
  before = "(^|[ \t\"'=])"
  word = "--" name "(=[A-Za-z0-9._/:,@%+=-]*)?"
}

FNR == 1 { continued = 0 }
{ line = $0; is_comment = !continued && line ~ /^[ \t]*[#;]/ }

mode == "starts" {
  if (!is_comment) {
    if (!continued && line ~ /^[ \t]*ExecStart[ \t]*=/) {
      sub(/^[ \t]*ExecStart[ \t]*=/, "", line)
      text = line ~ /^[ \t]*$/ ? "" : line
      starting = 1
    } else if (continued && starting) text = text " " line
    else starting = 0
    if (starting) sub(/\\$/, " ", text)
  }
}

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

mode == "assigned" || mode == "append" {
  here = 0
  if (!is_comment && unit && line ~ ("^[ \t]*Environment[ \t]*=(.*[ \t\"'])?" variable "=")) here = 1
  if (!is_comment && !unit && line ~ ("^[ \t]*(export[ \t]+)?" variable "=")) here = 1
  if (here) {
    times++
    if (continued || line ~ /\\$/) odd = 1
    else if (unit && match(line, "^Environment='" variable "=[^'\\\\]*'$")) { if (mode == "append") line = with_argument(line, 1) }
    else if (unit && match(line, "^Environment=\"" variable "=[^\"\\\\]*\"$")) { if (mode == "append") line = with_argument(line, 1) }
    else if (!unit && match(line, "^" variable "=\"[^\"'\\\\$`]*\"$")) { if (mode == "append") line = with_argument(line, 1) }
    else if (!unit && match(line, "^" variable "='[^\"'\\\\$`]*'$")) { if (mode == "append") line = with_argument(line, 1) }
    # systemd takes the whole line, blanks and all; nodeadm writes it so.
    else if (!unit && match(line, "^" variable "=([^ \t\"'\\\\$`][^\"'\\\\$`]*)?$")) { if (mode == "append") { sub(/[ \t]+$/, "", line); line = with_argument(line, 0) } }
    else odd = 1
  }
}

# A quote after the word ends the text around it, and does not begin its value.
function closes(so_far, tail,   mark) {
  mark = substr(tail, 1, 1)
  return gsub(mark, mark, so_far) % 2 == 1 && tail ~ /^.([ \t]|$)/
}

function with_argument(line, closed,   body, mark) {
  mark = closed ? substr(line, length(line)) : ""
  body = closed ? substr(line, 1, length(line) - 1) : line
  return body (body ~ /[ =]$/ ? "" : " ") value mark
}

{
  continued = $0 ~ /\\$/ && !is_comment
  if (mode == "replace" || mode == "append") { printf "%s%s", (NR > 1 ? "\n" : ""), line }
}

END {
  if (mode == "replace" || mode == "append") { if (newline == 1) printf "\n" }
  else if (mode == "count" || mode == "assigned") print odd ? "odd" : times + 0
  else {
    size = split(text, words, /[ \t]+/)
    for (i = 1; i <= size; i++) if (words[i] ~ /^\$[A-Z][A-Z0-9_]*$/) print substr(words[i], 2)
  }
}
