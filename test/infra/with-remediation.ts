/** Settings whose block of remediation is no comment any more. */
export const withRemediation = (page: string): string =>
  page.replace(/^# remediation:\n(# {3}.*\n)+/m, (block) => block.replaceAll(/^# /gm, ''));
