# Reads and edits one kubelet configuration, JSON or YAML, without changing a byte that is not asked for.
#   -v mode=get|set|flat  -v format=json|yaml  -v newline=0|1 (does the file end with a line break)
#   -v path=a.b.c         get, set: the setting
#   -v value=TOKEN        set: as it stands in that format
#   -v without='p q'      flat: leaves these settings out, and what was empty above them
# get prints `absent`, or the type (string, other, object) and the value. set prints the whole new text. Exit code 3: `refused REASON` on stdout.
# YAML is read where it is plain: block maps, lists and scalars on one line. What could mean something else than it looks like is refused.

{ text = text $0 "\n" }

END {
  if (newline == 0) text = substr(text, 1, length(text) - 1)
  SEP = "\001"
  count = split(path, part, ".")
  if (format == "json") read_json(); else read_yaml()
  if (failed == "") check_spelling()
  if (failed != "") refuse()

  if (mode == "flat") flat()
  else if (mode == "get") get()
  else if (format == "json") set_json()
  else set_yaml()
  if (failed != "") refuse()
}

function fail(why) { if (failed == "") failed = why }
function refuse() { print "refused " failed; exit 3 }

function upto(k,   name, i) {
  name = ""
  for (i = 1; i <= k; i++) name = name (i > 1 ? SEP : "") part[i]
  return name
}

# Drop-ins are read whatever the case of their keys, the main file is not: one key in another spelling, or in two, is left to a person.
function check_spelling(   i, low) {
  for (i = 1; i <= count; i++) {
    low = tolower(upto(i))
    if (low in spelled && (spelled[low] != upto(i) || low in twice)) fail("spelling")
  }
}

function note(name, what, raw,   low) {
  if (name in kind) fail("duplicate-key")
  kind[name] = what
  if (what != "map") { leaf[++leaves] = name; shown[leaves] = raw }
  low = tolower(name)
  if (low in spelled && spelled[low] != name) twice[low] = 1
  spelled[low] = name
}

function get(   name, i) {
  name = upto(count)
  if (!(name in kind)) {
    # Above it may stand something that is no map.
    for (i = count - 1; i > 0; i--) if (upto(i) in kind) {
      if (kind[upto(i)] != "map" && kind[upto(i)] != "empty" && kind[upto(i)] != "null") { fail("not-a-map"); refuse() }
      break
    }
    print "absent"
  } else if (kind[name] == "string") print "string " plain[name]
  else if (kind[name] == "other") print "other " plain[name]
  else if (kind[name] == "null") print "other null"
  else print "object"
}

function flat(   i, k, dropped, gone, n, name) {
  n = split(without, dropped, " ")
  for (i = 1; i <= leaves; i++) {
    gone = 0
    for (k = 1; k <= n; k++) {
      name = dropped[k]
      gsub(/\./, SEP, name)
      if (leaf[i] == name) gone = 1
      if ((kind[leaf[i]] == "empty" || kind[leaf[i]] == "null") && index(name, leaf[i] SEP) == 1) gone = 1
    }
    if (!gone) { name = leaf[i]; gsub(SEP, "\t", name); print name "\t" shown[i] }
  }
}

# --- JSON

function read_json() {
  P = 1
  N = length(text)
  json_value("", 0)
  blanks()
  if (failed == "" && P <= N) fail("unparseable")
  if (failed == "" && substr(text, from[""], 1) != "{") fail("unparseable")
}

function blanks(   c) {
  while (P <= N) {
    c = substr(text, P, 1)
    if (c != " " && c != "\t" && c != "\n") return
    P++
  }
}

# At a quote: what stands between it and the next one.
function json_string(   start, c) {
  start = ++P
  while (P <= N) {
    c = substr(text, P, 1)
    if (c == "\"") { P++; return substr(text, start, P - 1 - start) }
    if (c == "\\") {
      if (substr(text, P + 1, 1) == "u") {
        if (substr(text, P + 2, 4) !~ /^[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]$/) break
        P += 6
      } else {
        if (substr(text, P + 1, 1) !~ /^["\\\/bfnrt]$/) break
        P += 2
      }
      continue
    }
    if (c < " ") break
    P++
  }
  fail("unparseable")
  return ""
}

function json_value(name, depth,   c, start, raw, i) {
  if (depth > 32) fail("too-deep")
  if (failed != "") return
  blanks()
  start = P
  c = substr(text, P, 1)

  if (c == "{") json_map(name, depth)
  else if (c == "[") {
    P++
    blanks()
    if (substr(text, P, 1) == "]") P++
    else for (i = 0; ; i++) {
      json_value(name SEP "[" i "]", depth + 1)
      if (failed != "") return
      blanks()
      c = substr(text, P, 1)
      P++
      if (c == "]") break
      if (c != ",") { fail("unparseable"); return }
    }
    note(name, i ? "list" : "list-empty", "[" i "]")
  } else if (c == "\"") {
    raw = json_string()
    if (failed != "") return
    # A spelling with escapes is none of the values that are looked for.
    note(name, index(raw, "\\") ? "other" : "string", "\"" raw "\"")
    plain[name] = raw
  } else {
    raw = substr(text, P, 64)
    if (!match(raw, /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)/)) { fail("unparseable"); return }
    raw = substr(raw, 1, RLENGTH)
    P += RLENGTH
    if (substr(text, P, 1) !~ /^[ \t\n,}\]]?$/) { fail("unparseable"); return }
    note(name, raw == "null" ? "null" : "other", raw)
    plain[name] = raw
  }
  from[name] = start
  to[name] = P
}

function json_map(name, depth,   c, at, key, child, after) {
  at = ++P
  blanks()
  if (substr(text, P, 1) == "}") { P++; note(name, "empty", "{}"); return }
  lead[name] = substr(text, at, P - at)
  note(name, "map", "")

  for (;;) {
    blanks()
    if (substr(text, P, 1) != "\"") { fail("unparseable"); return }
    key = json_string()
    if (failed != "") return
    if (key ~ /[^ -~]/ || index(key, "\\")) { fail("odd-key"); return }
    child = name == "" ? key : name SEP key
    after = P
    blanks()
    if (substr(text, P, 1) != ":") { fail("unparseable"); return }
    P++
    blanks()
    if (!(name in colon)) colon[name] = substr(text, after, P - after)
    json_value(child, depth + 1)
    if (failed != "") return
    last[name] = P
    blanks()
    c = substr(text, P, 1)
    P++
    if (c == "}") return
    if (c != ",") { fail("unparseable"); return }
  }
}

# A value inside of as many new maps as are missing, in the style of the text around it.
function json_nested(k, before, style, unit) {
  if (k == count) return value
  if (before !~ /\n/) return "{" before "\"" part[k + 1] "\"" style json_nested(k + 1, before, style, unit) before "}"
  return "{" before unit "\"" part[k + 1] "\"" style json_nested(k + 1, before unit, style, unit) before "}"
}

function set_json(   k, name, above, unit, indent, style) {
  for (k = count; k > 0; k--) if (upto(k) in kind) break
  name = upto(k)
  if (k == count) {
    if (kind[name] != "string" && kind[name] != "other" && kind[name] != "null") { fail("not-a-scalar"); return }
    splice(from[name], to[name], value)
    return
  }
  if (kind[name] != "map" && kind[name] != "empty" && kind[name] != "null") { fail("not-a-map"); return }

  above = k
  while (above > 0 && !(upto(above) in lead)) above--
  if (!(upto(above) in lead)) { fail("not-a-map"); return }
  indent = lead[upto(above)]
  unit = indent
  sub(/^.*\n/, "", unit)
  unit = length(unit) % (above + 1) == 0 ? substr(unit, 1, length(unit) / (above + 1)) : "  "
  if (unit == "") unit = "  "

  if (kind[name] == "map") {
    splice(last[name], last[name], "," indent_or(indent) "\"" part[k + 1] "\"" colon[name] json_nested(k + 1, indent, colon[name], unit))
    return
  }
  style = colon[upto(above)]
  for (; above < k - 1; above++) if (indent ~ /\n/) indent = indent unit
  splice(from[name], to[name], json_nested(k, indent, style, unit))
}

# Two members on one line stand apart by a blank where others do.
function indent_or(indent) { return indent ~ /\n/ ? indent : (indent != "" || text ~ /, "/ ? " " : "") }

function splice(start, end, new) { printf "%s", substr(text, 1, start - 1) new substr(text, end) }

# --- YAML

function read_yaml(   i, line, n, body, key, rest, depth, indent, name, items) {
  n = split(text, row, "\n")
  if (newline == 1) n--
  rows = n
  depth = 0
  at_depth[0] = -1
  name_at[0] = ""
  note("", "map", "")

  for (i = 1; i <= n; i++) {
    line = row[i]
    if (line ~ /[^ -~]/) { fail("odd-bytes"); return }
    if (line ~ /^ *(#.*)?$/) continue
    if (line == "---" && !begun) { begun = 1; continue }
    if (line ~ /^(---|\.\.\.|%)/) { fail("several-documents"); return }
    begun = 1
    match(line, /^ */)
    indent = RLENGTH
    body = substr(line, indent + 1)

    # A list may stand as deep as its key.
    while (depth > 0 && (indent < at_depth[depth] || (indent == at_depth[depth] && !(body ~ /^-( |$)/ && holds_list(depth))))) depth--

    if (inside_list[depth] && indent > list_at[depth]) { list_row(depth, body); if (failed != "") return; continue }
    if (body ~ /^-( |$)/) {
      if (depth == 0 || !holds_list(depth) || (inside_list[depth] && indent != list_at[depth])) { fail("odd-yaml"); return }
      inside_list[depth] = 1
      list_at[depth] = indent
      list_row(depth, body)
      if (failed != "") return
      continue
    }
    if (inside_list[depth]) { fail("odd-yaml"); return }

    if (!match(body, /^([A-Za-z_][A-Za-z0-9_.\/-]*|"[A-Za-z_][A-Za-z0-9_.\/-]*"|'[A-Za-z_][A-Za-z0-9_.\/-]*') *:( |$)/)) { fail("odd-yaml"); return }
    key = substr(body, 1, RLENGTH)
    rest = substr(body, RLENGTH + 1)
    sub(/ *: ?$/, "", key)
    if (key ~ /^["']/) key = substr(key, 2, length(key) - 2)

    # It belongs to the key above it that is less deep.
    name = name_at[depth]
    if (depth > 0 && kind[name] != "null" && kind[name] != "map") { fail("odd-yaml"); return }
    if (kind[name] == "null") becomes_map(name)
    if (name in child_indent) { if (child_indent[name] != indent) { fail("odd-yaml"); return } }
    else child_indent[name] = indent
    if (depth == 0 && indent != 0) { fail("odd-yaml"); return }

    name = name == "" ? key : name SEP key
    depth++
    at_depth[depth] = indent
    name_at[depth] = name
    inside_list[depth] = 0
    key_row[name] = i
    scalar(name, i, length(line) - length(rest), rest)
    if (failed != "") return
  }
}

# Only a key without a value of its own can hold a list.
function holds_list(depth) { return kind[name_at[depth]] == "null" || inside_list[depth] }

function becomes_map(name,   i) {
  kind[name] = "map"
  for (i = 1; i <= leaves; i++) if (leaf[i] == name) { leaf[i] = leaf[leaves]; shown[i] = shown[leaves]; leaves--; return }
}

# What stands in a list is kept as it is; it must be plain enough to end where its line ends.
function list_row(depth, body,   name, rest) {
  name = name_at[depth]
  if (kind[name] == "null") { becomes_map(name); kind[name] = "list" }
  leaf[++leaves] = name SEP "-"
  shown[leaves] = body
  rest = body
  while (rest ~ /^- +/) sub(/^- +/, "", rest)
  if (rest == "-") return
  sub(/^([A-Za-z_][A-Za-z0-9_.\/-]*) *:( |$)/, "", rest)
  token(rest)
}

# Sets start_of, token_text and token_kind of a value on one line, and refuses what does not end there.
function token(rest,   body) {
  match(rest, /^ */)
  token_skip = RLENGTH
  body = substr(rest, RLENGTH + 1)
  token_text = ""
  if (body == "" || (body ~ /^#/ && (token_skip > 0 || rest == body))) token_kind = "null"
  else if (match(body, /^"[^"\\]*" *( #.*)?$/)) { token_text = quoted(body, "\""); token_kind = "string" }
  else if (match(body, /^'[^']*' *( #.*)?$/)) { token_text = quoted(body, "'"); token_kind = "string" }
  else if (match(body, /^\{\} *( #.*)?$/)) { token_text = "{}"; token_kind = "empty" }
  else if (match(body, /^\[[A-Za-z0-9 ,.:_\/-]*\] *( #.*)?$/)) { token_text = substr(body, 1, index(body, "]")); token_kind = "list-inline" }
  else if (body ~ /^[]&*!|>%@`?{}[,#"'-]/ && body !~ /^-[0-9A-Za-z]/) { fail("odd-yaml"); return }
  else {
    token_text = body
    sub(/ +#.*$/, "", token_text)
    sub(/ +$/, "", token_text)
    if (token_text ~ /: / || token_text ~ /:$/ || token_text ~ /["'{}\\]/) { fail("odd-yaml"); return }
    token_kind = token_text ~ /^(null|Null|NULL|~)$/ ? "null" : (token_text ~ /^([-+.]?[0-9][0-9a-fxo_.+-]*|true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|y|Y|n|N|\.inf|\.nan)$/ && token_text !~ /^[0-9]+[a-z].*[a-z]/ ? "other" : "string")
  }
}

function quoted(body, mark) { return mark substr(body, 2, index(substr(body, 2), mark) - 1) mark }

function scalar(name, i, at, rest) {
  token(rest)
  if (failed != "") return
  note(name, token_kind, token_text)
  plain[name] = token_text
  if (token_text ~ /^["']/) plain[name] = substr(token_text, 2, length(token_text) - 2)
  value_at[name] = at + token_skip
  value_length[name] = length(token_text)
}

function repeat_blank(n,   s) { s = ""; while (n-- > 0) s = s " "; return s }

function set_yaml(   k, name, indent, added, i, line) {
  for (k = count; k > 0; k--) if (upto(k) in kind) break
  name = upto(k)

  if (k == count) {
    if (kind[name] != "string" && kind[name] != "other" && kind[name] != "null") { fail("not-a-scalar"); return }
    put_value(name, value)
    put_rows(0, "")
    return
  }
  if (kind[name] != "map" && kind[name] != "empty" && kind[name] != "null") { fail("not-a-map"); return }

  if (k == 0) indent = 0
  else if (name in child_indent) indent = child_indent[name]
  else { match(row[key_row[name]], /^ */); indent = RLENGTH + 2 }
  if (kind[name] != "map") put_value(name, "")

  for (i = k + 1; i <= count; i++) {
    line = repeat_blank(indent + 2 * (i - k - 1)) part[i] ":" (i == count ? " " value : "")
    added = added (i > k + 1 ? "\n" : "") line
  }
  put_rows(k == 0 ? rows : key_row[name], added)
}

function put_value(name, new,   line, before, after) {
  line = row[key_row[name]]
  before = substr(line, 1, value_at[name])
  after = substr(line, value_at[name] + value_length[name] + 1)
  # `key:` and `key:   # words` get their value right after the colon.
  if (value_length[name] == 0) { before = line; sub(/:( .*)?$/, ":", before); after = substr(line, length(before) + 1); if (new != "") before = before " " }
  else if (new == "") sub(/ +$/, "", before)
  row[key_row[name]] = before new after
}

function put_rows(after, added,   i) {
  for (i = 1; i <= rows; i++) {
    printf "%s%s", row[i], (i < rows || newline == 1 || (i == after && added != "") ? "\n" : "")
    if (i == after && added != "") printf "%s%s", added, (i < rows || newline == 1 ? "\n" : "")
  }
}
