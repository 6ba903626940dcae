/** What a JSON text holds, to be parsed by a schema; `undefined` for a text that is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
