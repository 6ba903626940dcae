/**
 * The contents that our SSM documents may have: SHA-256 of the parsed content (`contentHash`). This program's own is first, and `npm run docs` writes it. After it
 * comes that of the release before, while its answers are still understood.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['9f0a26c2d6fc828fbc848dc244b44fd090972d8f2ab975fd763b9da12645e7d1'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['ca249e4cac22fd7af7c82bbbc648ca66add775e98f193a00c2bfedf3d444387d'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['3a5df19061ab2ea784a14239456cb2c9d5d11164cca91f59045eb53eb8638278'];
