/**
 * What our SSM documents may say: SHA-256 of the parsed content (`contentHash`). This program's own is first, and `npm run docs` writes it. After it
 * comes that of the release before, while its answers are still understood.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['8e72adeea767bb4404db087eac9e76ca24a6044f40338fe956599404b766b44e'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['d9eeda4e9a32da6eb6ce3ac624916ec10dee26807a07d13ef0b2a90851b236b0'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['a5e081ecffbd79075293c438d749b42ad8904005a2602cf19b6cb3bab39b58e2'];
