/** User data of one part, as cloud-init and nodeadm read it. More parts go between the boundaries. */
export const mimePart = (contentType: string, text: string): string =>
  [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="BOUNDARY"',
    '',
    '--BOUNDARY',
    `Content-Type: ${contentType}`,
    '',
    text.trimEnd(),
    '',
    '--BOUNDARY--',
    '',
  ].join('\n');
