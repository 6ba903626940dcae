/**
 * What our SSM documents may say: SHA-256 of the parsed content (`contentHash`). This program's own is first, and `npm run docs` writes it. After it
 * comes that of the release before, while its answers are still understood.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['8e72adeea767bb4404db087eac9e76ca24a6044f40338fe956599404b766b44e'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['5152ba34cd061bde98d4a6a4f9d121149b6805129212547c8d1b3176e7ba4496'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['bd4521f97bb7af5bcfc8ba4f82fb48902cccdd6292d6a769dc85d399dba432c7'];
