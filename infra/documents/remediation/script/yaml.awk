# YAML where it is plain: block maps, lists and scalars on one line. What could mean something else than it looks like is refused.

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
    if (line ~ /[^ -~]/) return fail("odd-bytes")
    if (line ~ /^ *(#.*)?$/) continue
    if (line == "---" && !begun) { begun = 1; continue }
    if (line ~ /^(---|\.\.\.|%)/) return fail("several-documents")
    begun = 1
    match(line, /^ */)
    indent = RLENGTH
    body = substr(line, indent + 1)

    # A list may stand as deep as its key.
    while (depth > 0 && (indent < at_depth[depth] || (indent == at_depth[depth] && !(body ~ /^-( |$)/ && holds_list(depth))))) depth--

    if (inside_list[depth] && indent > list_at[depth]) { list_row(depth, body); if (failed) return; continue }
    if (body ~ /^-( |$)/) {
      if (depth == 0 || !holds_list(depth) || (inside_list[depth] && indent != list_at[depth])) return fail("odd-yaml")
      inside_list[depth] = 1
      list_at[depth] = indent
      list_row(depth, body)
      if (failed) return
      continue
    }
    if (inside_list[depth]) return fail("odd-yaml")

    if (!match(body, /^([A-Za-z_][A-Za-z0-9_.\/-]*|"[A-Za-z_][A-Za-z0-9_.\/-]*"|'[A-Za-z_][A-Za-z0-9_.\/-]*') *:( |$)/)) return fail("odd-yaml")
    key = substr(body, 1, RLENGTH)
    rest = substr(body, RLENGTH + 1)
    sub(/ *: ?$/, "", key)
    if (key ~ /^["']/) key = substr(key, 2, length(key) - 2)

    # It belongs to the key above it that is less deep.
    name = name_at[depth]
    if (depth > 0 && kind[name] != "null" && kind[name] != "map") return fail("odd-yaml")
    if (kind[name] == "null") becomes_map(name)
    if (name in child_indent) { if (child_indent[name] != indent) return fail("odd-yaml") }
    else child_indent[name] = indent
    if (depth == 0 && indent != 0) return fail("odd-yaml")

    name = name == "" ? key : name SEP key
    depth++
    at_depth[depth] = indent
    name_at[depth] = name
    inside_list[depth] = 0
    key_row[name] = i
    scalar(name, i, length(line) - length(rest), rest)
    if (failed) return
  }
}

# Only a key without a value of its own can hold a list.
function holds_list(depth) { return kind[name_at[depth]] == "null" || inside_list[depth] }

function becomes_map(name,   i) {
  kind[name] = "map"
  for (i = 1; i <= leaves; i++) if (leaf[i] == name) { leaf[i] = leaf[leaves]; shown[i] = shown[leaves]; leaves--; return }
}

# The content of a list is kept as it is; it must be plain enough to end where its line ends.
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
  else if (body ~ /^[[{]/) return fail("flow-style")
  else if (body ~ /^[]&*!|>%@`?},#"'-]/ && body !~ /^-[0-9A-Za-z]/) return fail("odd-yaml")
  else {
    token_text = body
    sub(/ +#.*$/, "", token_text)
    sub(/ +$/, "", token_text)
    if (token_text ~ /: / || token_text ~ /:$/ || token_text ~ /["'{}\\]/) return fail("odd-yaml")
    token_kind = token_text ~ /^(null|Null|NULL|~)$/ ? "null" : (tolower(token_text) ~ /^([-+.]?[0-9][0-9a-fxo_.+-]*|true|false|yes|no|on|off|y|n|\.inf|\.nan)$/ && token_text !~ /^[0-9]+[a-z].*[a-z]/ ? "other" : "string")
  }
}

function quoted(body, mark) { return mark substr(body, 2, index(substr(body, 2), mark) - 1) mark }

function scalar(name, i, at, rest) {
  token(rest)
  if (failed) return
  note(name, token_kind, token_text)
  plain[name] = token_text
  if (token_text ~ /^["']/) plain[name] = substr(token_text, 2, length(token_text) - 2)
  value_at[name] = at + token_skip
  value_length[name] = length(token_text)
}

function set_yaml(k, name,   indent, added, i, line) {
  if (k == count) {
    put_value(name, value)
    put_rows(0, "")
    return
  }
  if (k == 0) indent = 0
  else if (name in child_indent) indent = child_indent[name]
  else { match(row[key_row[name]], /^ */); indent = RLENGTH + 2 }
  if (kind[name] != "map") put_value(name, "")

  for (i = k + 1; i <= count; i++) {
    line = sprintf("%" (indent + 2 * (i - k - 1)) "s", "") part[i] ":" (i == count ? " " value : "")
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
