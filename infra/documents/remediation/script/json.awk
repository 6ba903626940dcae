# JSON, byte for byte: where each value is, and the text with one of them changed or put in.

function read_json() {
  P = 1
  N = length(text)
  json_value("", 0)
  blanks()
  if (!failed && P <= N) fail("unparseable")
  if (!failed && substr(text, from[""], 1) != "{") fail("unparseable")
}

function blanks(   c) {
  while (P <= N) {
    c = substr(text, P, 1)
    if (c != " " && c != "\t" && c != "\n") return
    P++
  }
}

# At a quote: the text between it and the next one.
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
}

function json_value(name, depth,   c, start, raw, i) {
  if (depth > 32) fail("too-deep")
  if (failed) return
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
      if (failed) return
      blanks()
      c = substr(text, P, 1)
      P++
      if (c == "]") break
      if (c != ",") return fail("unparseable")
    }
    note(name, i ? "list" : "list-empty", "[" i "]")
  } else if (c == "\"") {
    raw = json_string()
    if (failed) return
    # A spelling with escapes is none of the values that are looked for.
    note(name, index(raw, "\\") ? "other" : "string", "\"" raw "\"")
    plain[name] = raw
  } else {
    raw = substr(text, P, 64)
    if (!match(raw, /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)/)) return fail("unparseable")
    raw = substr(raw, 1, RLENGTH)
    P += RLENGTH
    if (substr(text, P, 1) !~ /^[ \t\n,}\]]?$/) return fail("unparseable")
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
    if (substr(text, P, 1) != "\"") return fail("unparseable")
    key = json_string()
    if (failed) return
    if (key ~ /[^ -~]/ || index(key, "\\")) return fail("odd-key")
    child = name == "" ? key : name SEP key
    after = P
    blanks()
    if (substr(text, P, 1) != ":") return fail("unparseable")
    P++
    blanks()
    if (!(name in colon)) colon[name] = substr(text, after, P - after)
    json_value(child, depth + 1)
    if (failed) return
    last[name] = P
    blanks()
    c = substr(text, P, 1)
    P++
    if (c == "}") return
    if (c != ",") return fail("unparseable")
  }
}

# A value inside of as many new maps as are missing, on one line.
function json_nested(k, style,   i, text) {
  text = value
  for (i = count; i > k; i--) text = "{\"" part[i] "\"" style text "}"
  return text
}

function set_json(k, name,   style) {
  style = colon[kind[name] == "map" ? name : ""]
  if (k < count && kind[name] == "map") splice(last[name], last[name], "," indent_or(lead[name]) "\"" part[k + 1] "\"" style json_nested(k + 1, style))
  else splice(from[name], to[name], json_nested(k, style))
}

# Two members on one line stand apart by a blank where others do.
function indent_or(indent) { return indent ~ /\n/ ? indent : (indent != "" || text ~ /, "/ ? " " : "") }

function splice(start, end, new) { printf "%s", substr(text, 1, start - 1) new substr(text, end) }
