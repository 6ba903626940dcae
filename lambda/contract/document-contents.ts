/**
 * What our SSM documents may say: SHA-256 of the parsed content (`contentHash`). This program's own is first, and `npm run docs` writes it. After it
 * comes that of the release before, while its answers are still understood.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['8e72adeea767bb4404db087eac9e76ca24a6044f40338fe956599404b766b44e'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['9312d7a4d8f5b7e28b4b814e25501158d7396fa9b98a5e4ce09b2d06ea3883d4'];

/** The runbook that asks for approval, and then runs the document above. The ARNs of its own account and Region are left out. */
export const runbookContents: readonly string[] = ['2e85aad83ed7a4dda2d6588985c60386b6eed169d6d2e3c19caf2693c87bd460'];
