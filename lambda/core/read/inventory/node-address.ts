/** An IP address in its only spelling, so that two nodes cannot claim one address in two spellings; `undefined` for anything else, zones included. */
export function canonicalAddress(text: string): string | undefined {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/.test(text) && !text.endsWith('.')) return text;

  const url = `http://[${text}]/`;
  return /^[\da-f:.]{2,45}$/i.test(text) && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
}
