/**
 * What the document that reads a node may say: SHA-256 of its parsed content, keys sorted, without spaces. This program's own first, then that of the release
 * before, while its answers are still parsed. A test holds the first to infra/documents/probe, and says what to write here.
 */
export const probeContents: readonly string[] = ['36bc9147488219bacd0f7d4cd437f6037d759dd5e5c6c42df1d84977896f066b'];
