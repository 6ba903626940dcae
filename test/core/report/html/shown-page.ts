/** A page as it is reviewed: an element a line, without its style and script. */
export const shownOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '<style></style>')
    .replace(/<script>[\s\S]*?<\/script>/, '<script></script>')
    .replace(/<meta http-equiv[^>]*>/, '')
    .replaceAll('><', '>\n<');
