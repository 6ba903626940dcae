/**
 * What our SSM documents may say: SHA-256 of the parsed content (`contentHash`). This program's own first, then that of the release before, while that is understood.
 * A test holds the first of each to infra/documents, and says what to write here.
 */

/** The document that reads a node. */
export const probeContents: readonly string[] = ['8e72adeea767bb4404db087eac9e76ca24a6044f40338fe956599404b766b44e'];

/** The document that fixes a node. */
export const remedyContents: readonly string[] = ['9312d7a4d8f5b7e28b4b814e25501158d7396fa9b98a5e4ce09b2d06ea3883d4'];

/** The runbook that asks, and then runs the document above; with the ARNs of the account and Region where it lies left out. */
export const runbookContents: readonly string[] = ['2e85aad83ed7a4dda2d6588985c60386b6eed169d6d2e3c19caf2693c87bd460'];
