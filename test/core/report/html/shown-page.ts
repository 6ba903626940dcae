/** A page as it is reviewed: a row, an item or a paragraph a line, without its style and script. */
export const shownOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '<style></style>')
    .replace(/<script>[\s\S]*?<\/script>/, '<script></script>')
    .replace(/<meta http-equiv[^>]*>/, '')
    .replaceAll(/>(?=<(?:tr|li|h[1-6]|p|dt|table|section|details|header|main|title|style)\b)/g, '>\n');
