/**
 * The contents that our SSM documents may have: SHA-256 of the parsed content (`contentHash`). This program's own is first, and `npm run docs` writes it. After it
 * comes that of the release before, while its answers are still understood.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['b8237940cd3a60f37deb3bc3df087a011c94a0d763c0b2aa7c786190e962b374'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['c1c197773711d4dbe1b1f1e5524185e5400513dd1190c8672c373b070dc6b035'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['f123a7c74814719b003346d767130e05fe7110d411c2cc96d5696a40bf60c546'];
