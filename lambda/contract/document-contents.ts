/**
 * The contents that our SSM documents may have: SHA-256 of the parsed content (`contentHash`). This program's own is first, and `npm run docs` writes it. After it
 * comes that of the release before, while its answers are still understood.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['b8237940cd3a60f37deb3bc3df087a011c94a0d763c0b2aa7c786190e962b374'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['e31f19285f839056d775598d4e01e192a74608817eeeaa6edf43ed906d2b2ddd'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['0b2026c652401e312a1e85e72aeb9616b800f687b032c2e1d0fa33425996dc6a'];
